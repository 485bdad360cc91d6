# SPDX-License-Identifier: GPL-2.0
"""Ways to start a kernel: per loader the media, QEMU's arguments, and what the guest must see.

Every loader writes its number into the boot protocol's type_of_loader and most of them add words
to the command line; a guest that reports both as written here went through that loader.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bootparams
import guestfs
import host
import legacydisk
from cases import Case
from guestfs import GuestTree

# type_of_loader, as the boot protocol assigns it (low four bits: the loader's version)
QEMU, SYSLINUX, EFI_STUB, GRUB_LEGACY, GRUB2, KEXEC = 0xB0, 0x30, 0x21, 0x71, 0x72, 0xD0
OWN = 0xFF  # "undefined"


@dataclass(frozen=True)
class Expectation:
    """What one kernel of a boot must report."""

    nonce: str
    cmdline: str
    loader_type: int


@dataclass(frozen=True)
class Plan:
    """QEMU's arguments that put the loader in place, and the reports that must come, in order."""

    argv: list[str]
    reports: list[Expectation]


@dataclass(frozen=True)
class Job:
    """One case with its inputs made concrete."""

    case: Case
    bzimage: bytes  # as a loader for bzImages can start it
    image: bytes  # in the form the case asks for
    initrd: bytes | None
    nonce: str
    tree: GuestTree
    packages: host.Packages
    directory: Path
    own_loader: Path | None

    def words(self, prefix: str = "", suffix: str = "", *, nonce: str = "", task: str = "") -> str:
        """The command line to give a loader that puts `prefix` and `suffix` around it."""
        words = [self.case.cmdline, f"matrix.nonce={nonce or self.nonce}"]
        if self.case.root:
            words.append(f"root=/dev/{_ROOT_NAMES[self.case.root]} ro init=/init")
        if task or self.case.nic:
            words.append(f"matrix.task={task or 'net'}")
        line = " ".join(words)
        if self.case.fill_cmdline:
            size = bootparams.SetupHeader.of_image(self.bzimage).cmdline_size
            line += _filler(size - len(prefix + line + suffix))
        return line

    def reports(self, cmdline: str, loader_type: int) -> list[Expectation]:
        """A single report, the case of all loaders but kexec."""
        if self.case.loader_type >= 0:
            loader_type = self.case.loader_type
        return [Expectation(self.nonce, cmdline, loader_type)]

    def write(self, name: str, content: bytes) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


_ROOT_NAMES = {"virtio": "vda", "ide": "sda", "ahci": "sda"}


def _filler(length: int) -> str:
    """A word of `length` characters, of which no part looks like another.

    The dot in its name makes it a module's parameter, which the kernel does not hand to init.
    """
    start = " matrix.fill="
    numbers = "".join(f"{number:04d}" for number in range(length // 4 + 1))
    return start + numbers[:length - len(start)]


def option_value(path: Path) -> str:
    """A file name inside a QEMU option, where a comma ends the value."""
    return str(path).replace(",", ",,")


def _disk(image: Path) -> list[str]:
    return ["-drive", f"if=ide,format=raw,snapshot=on,file={option_value(image)}"]


def _cdrom(image: Path) -> list[str]:
    return ["-drive", f"if=ide,media=cdrom,format=raw,readonly=on,file={option_value(image)}"]


# --- QEMU itself -----------------------------------------------------------------------------

def _qemu(job: Job) -> Plan:
    words = job.words()
    return Plan(_qemu_options(job, words), job.reports(words, QEMU))


def _qemu_options(job: Job, words: str) -> list[str]:
    argv = ["-kernel", str(job.write("image", job.image)), "-append", words]
    if job.initrd is not None:
        argv += ["-initrd", str(job.write("initrd", job.initrd))]
    return argv


def _own(job: Job) -> Plan:
    """The project's multiboot loader: options, "--" and the kernel's words; modules as files."""
    words = job.words()
    options = job.case.loader_args.replace(
        "pref_address", hex(bootparams.SetupHeader.of_image(job.bzimage).pref_address))
    modules = [option_value(job.write("image", job.image))]
    if job.initrd is not None:
        modules.append(option_value(job.write("initrd", job.initrd)))
    argv = ["-kernel", str(job.own_loader), "-initrd", ",".join(modules),
            "-append", f"{options} -- {words}".strip(),
            # How the loader ends the machine when it refuses, or catches a fault.
            "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    return Plan(argv, job.reports(words, OWN))


# --- kexec -----------------------------------------------------------------------------------

def _kexec(options: str) -> Callable[[Job], Plan]:
    """QEMU starts the kernel, and that one the next: the case's image, loaded with `options`."""
    def plan(job: Job) -> Plan:
        initrd = job.initrd or b""
        first_nonce = job.nonce + "-first"
        first_words = job.words(nonce=first_nonce, task="kexec")
        words = job.words()
        files = guestfs.kexec_files(job.packages, options, job.image, initrd, words)
        argv = ["-kernel", str(job.write("image", job.bzimage)), "-append", first_words,
                "-initrd", str(job.write("initrd", job.tree.initramfs(files)))]
        return Plan(argv, [Expectation(first_nonce, first_words, QEMU),
                           *job.reports(words, KEXEC)])
    return plan


# --- boot loaders in the media they come in --------------------------------------------------

_GRUB2_DIRECTORY = "usr/lib/grub/{}"
_GRUB2_MODULES = ["normal", "configfile", "echo", "linux"]


def _grub2_config(command: str, initrd_command: str, words: str, initrd: bytes | None) -> bytes:
    lines = [f"{command} /boot/bzImage {words}"]
    if initrd is not None:
        lines.append(f"{initrd_command} /boot/initrd")
    return "\n".join([*lines, "boot", ""]).encode()


def _boot_files(job: Job, root: str) -> None:
    """The image and the initrd as they lie in /boot of a medium."""
    job.write(f"{root}/boot/bzImage", job.image)
    if job.initrd is not None:
        job.write(f"{root}/boot/initrd", job.initrd)


def _grub2_cd(command: str, initrd_command: str) -> Callable[[Job], Plan]:
    def plan(job: Job) -> Plan:
        prefix = "BOOT_IMAGE=/boot/bzImage "
        words = job.words(prefix)
        modules = job.packages.path("grub-pc-bin", _GRUB2_DIRECTORY.format("i386-pc"))
        _boot_files(job, "iso")
        job.write("iso/boot/grub/grub.cfg",
                  _grub2_config(command, initrd_command, words, job.initrd))
        host.run("grub-mkimage", "-O", "i386-pc-eltorito", "-d", modules, "-p", "/boot/grub",
                 "-o", "iso/boot/grub/eltorito.img", *_GRUB2_MODULES, "linux16", "biosdisk",
                 "iso9660", directory=job.directory)
        iso = _make_iso(job, "boot/grub/eltorito.img", "--grub2-boot-info")
        return Plan(_cdrom(iso), job.reports(prefix + words, GRUB2))
    return plan


def _make_iso(job: Job, boot_image: str, *options: str) -> Path:
    """An ISO of the directory "iso" that a BIOS boots without emulating a floppy."""
    host.run("xorrisofs", "-quiet", "-R", "-o", "boot.iso", "-b", boot_image, "-no-emul-boot",
             "-boot-load-size", "4", "-boot-info-table", *options, "iso", directory=job.directory)
    return job.directory / "boot.iso"


_LEGACY_DIRECTORY = "usr/lib/grub/x86_64-pc"


def _legacy_menu(job: Job, words: str) -> bytes:
    lines = ["default 0", "timeout 0", "title matrix", f"kernel /boot/bzImage {words}"]
    if job.initrd is not None:
        lines.append("initrd /boot/initrd")
    return "\n".join([*lines, ""]).encode()


def _legacy_cd(job: Job) -> Plan:
    words = job.words()
    _boot_files(job, "iso")
    job.write("iso/boot/grub/menu.lst", _legacy_menu(job, words))
    shutil.copy(job.packages.path("grub-legacy", f"{_LEGACY_DIRECTORY}/stage2_eltorito"),
                job.directory / "iso/boot/grub")
    iso = _make_iso(job, "boot/grub/stage2_eltorito")
    return Plan(_cdrom(iso), job.reports(words, GRUB_LEGACY))


def _legacy_disk(job: Job) -> Plan:
    words = job.words()
    _boot_files(job, "root")
    job.write("root/boot/grub/menu.lst", _legacy_menu(job, words))
    stages = [job.packages.path("grub-legacy", f"{_LEGACY_DIRECTORY}/{name}").read_bytes()
              for name in ("stage1", "stage2")]
    disk = job.directory / "disk.img"
    legacydisk.make(disk, *stages, job.directory / "root")
    return Plan(_disk(disk), job.reports(words, GRUB_LEGACY))


def _syslinux_additions(job: Job) -> tuple[str, str]:
    return "BOOT_IMAGE=/boot/bzImage ", "" if job.initrd is None else " initrd=/boot/initrd"


def _syslinux_config(job: Job, words: str) -> bytes:
    lines = ["DEFAULT matrix", "LABEL matrix", "KERNEL /boot/bzImage", f"APPEND {words}"]
    if job.initrd is not None:
        lines.append("INITRD /boot/initrd")
    return "\n".join([*lines, ""]).encode()


def _isolinux(job: Job) -> Plan:
    prefix, suffix = _syslinux_additions(job)
    words = job.words(prefix, suffix)
    _boot_files(job, "iso")
    job.write("iso/isolinux/isolinux.cfg", _syslinux_config(job, words))
    for package, name in (("isolinux", "usr/lib/ISOLINUX/isolinux.bin"),
                          ("syslinux-common", "usr/lib/syslinux/modules/bios/ldlinux.c32")):
        shutil.copy(job.packages.path(package, name), job.directory / "iso/isolinux")
    iso = _make_iso(job, "isolinux/isolinux.bin", "-c", "isolinux/boot.cat")
    return Plan(_cdrom(iso), job.reports(prefix + words + suffix, SYSLINUX))


def _syslinux(job: Job) -> Plan:
    prefix, suffix = _syslinux_additions(job)
    words = job.words(prefix, suffix)
    _boot_files(job, "fat")
    job.write("fat/syslinux.cfg", _syslinux_config(job, words))
    disk = _make_fat(job)
    host.run("syslinux", "--install", disk, directory=job.directory, TMPDIR=str(job.directory))
    return Plan(_disk(disk), job.reports(prefix + words + suffix, SYSLINUX))


def _make_fat(job: Job) -> Path:
    """A FAT file system without partitions, with the files of the directory "fat"."""
    image = job.directory / "fat.img"
    content = job.directory / "fat"
    size = sum(path.stat().st_size for path in content.rglob("*") if path.is_file())
    # Room for the loader and the file system itself; FAT16 at every size that occurs here.
    sectors = (size + 16 * 1024 * 1024) // 512
    with open(image, "wb") as handle:
        handle.truncate(sectors * 512)
    host.run("mformat", "-i", image, "-T", sectors, "-h", 16, "-s", 63, "::",
             directory=job.directory)
    host.run("mcopy", "-i", image, "-s", *sorted(content.iterdir()), "::/",
             directory=job.directory)
    return image


# --- EFI -------------------------------------------------------------------------------------

_FIRMWARE = "usr/share/OVMF/OVMF32_CODE_4M.secboot.fd"
_FIRMWARE_VARIABLES = "usr/share/OVMF/OVMF32_VARS_4M.fd"


def _efi_firmware(job: Job) -> list[str]:
    """32-bit OVMF. Debian has its secure-boot build only, which insists on a guarded flash."""
    code = job.packages.path("ovmf-ia32", _FIRMWARE)
    variables = job.directory / "variables.fd"
    shutil.copyfile(job.packages.path("ovmf-ia32", _FIRMWARE_VARIABLES), variables)
    return ["-global", "driver=cfi.pflash01,property=secure,value=on",
            "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={option_value(code)}",
            "-drive", f"if=pflash,unit=1,format=raw,file={option_value(variables)}"]


def _efi_qemu(job: Job) -> Plan:
    """QEMU hands the image to the firmware, which runs its EFI stub."""
    # The firmware names the initrd that QEMU gave it.
    suffix = "" if job.initrd is None else " initrd=initrd"
    words = job.words(suffix=suffix)
    return Plan(_qemu_options(job, words) + _efi_firmware(job),
                job.reports(words + suffix, EFI_STUB))


def _efi_grub(command: str, initrd_command: str, loader_type: int) -> Callable[[Job], Plan]:
    def plan(job: Job) -> Plan:
        prefix = "BOOT_IMAGE=/boot/bzImage "
        words = job.words(prefix)
        _boot_files(job, "fat")
        _grub2_efi(job, _grub2_config(command, initrd_command, words, job.initrd))
        return Plan(_efi_firmware(job) + _disk(_make_fat(job)),
                    job.reports(prefix + words, loader_type))
    return plan


def _efi_shell(job: Job) -> Plan:
    """The firmware's own shell starts the image by a script; it passes the whole line typed."""
    prefix = "FS0:\\boot\\bzImage.efi "
    suffix = _efi_initrd_word(job)
    words = job.words(prefix, suffix)
    _boot_files(job, "fat")
    (job.directory / "fat/boot/bzImage").rename(job.directory / "fat/boot/bzImage.efi")
    job.write("fat/startup.nsh", f"{prefix}{words}{suffix}\r\n".encode())
    return Plan(_efi_firmware(job) + _disk(_make_fat(job)),
                job.reports(prefix + words + suffix, EFI_STUB))


def _efi_chain(job: Job) -> Plan:
    """The image as an EFI program that another one starts: command line in its load options."""
    suffix = _efi_initrd_word(job)
    words = job.words(suffix=suffix)
    _boot_files(job, "fat")
    # GRUB takes a backslash for a quote.
    quoted = (words + suffix).replace("\\", r"\\")
    _grub2_efi(job, f"chainloader /boot/bzImage {quoted}\nboot\n".encode())
    return Plan(_efi_firmware(job) + _disk(_make_fat(job)), job.reports(words + suffix, EFI_STUB))


def _efi_initrd_word(job: Job) -> str:
    """The EFI stub loads the initrd itself, by a path with EFI's separator."""
    return "" if job.initrd is None else r" initrd=\boot\initrd"


def _grub2_efi(job: Job, config: bytes) -> None:
    """GRUB as the program that the firmware starts from the directory "fat"."""
    modules = job.packages.path("grub-efi-ia32-bin", _GRUB2_DIRECTORY.format("i386-efi"))
    job.write("fat/boot/grub/grub.cfg", config)
    (job.directory / "fat/EFI/BOOT").mkdir(parents=True)
    host.run("grub-mkimage", "-O", "i386-efi", "-d", modules, "-p", "/boot/grub",
             "-o", "fat/EFI/BOOT/BOOTIA32.EFI", *_GRUB2_MODULES, "linuxefi", "chain", "fat",
             directory=job.directory)


LOADERS: dict[str, Callable[[Job], Plan]] = {
    "qemu": _qemu,
    "own": _own,
    "kexec-bzimage": _kexec("--type=bzImage"),
    "kexec-elf": _kexec("--type=elf-x86 --args-linux"),
    "grub-linux": _grub2_cd("linux", "initrd"),
    "grub-linux16": _grub2_cd("linux16", "initrd16"),
    "grub-legacy-cd": _legacy_cd,
    "grub-legacy-disk": _legacy_disk,
    "isolinux": _isolinux,
    "syslinux": _syslinux,
    "efi-qemu": _efi_qemu,
    "efi-grub": _efi_grub("linux", "initrd", GRUB2),
    "efi-grub-handover": _efi_grub("linuxefi", "initrdefi", EFI_STUB),
    "efi-shell": _efi_shell,
    "efi-chain": _efi_chain,
}
