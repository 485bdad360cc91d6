# SPDX-License-Identifier: GPL-2.0
# Twenty children over pipes, and one over a pair of sockets
use strict;
use warnings;
use Socket;

my $total = 0;
for my $i (1 .. 20) {
	pipe(my $in, my $out) or die "pipe: $!";
	my $pid = fork() // die "fork: $!";
	if (!$pid) {
		close($in);
		my $sum = 0;
		$sum += $_ * $i for 1 .. 1000;
		print $out "$sum\n";
		close($out);
		exit($i);
	}
	close($out);
	$total += <$in>;
	waitpid($pid, 0);
	die "status $?" unless $? >> 8 == $i;
}
print "$total\n";

socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die "socketpair: $!";
if (!(fork() // die "fork: $!")) {
	close($a);
	while (sysread($b, my $text, 65536)) {
		syswrite($b, uc($text));
	}
	exit(0);
}
close($b);
my $echo = "";
for my $i (1 .. 100) {
	syswrite($a, "line $i;");
	sysread($a, my $text, 65536);
	$echo .= $text;
}
close($a);
wait();
print length($echo), " ", substr($echo, 0, 14), "\n";
