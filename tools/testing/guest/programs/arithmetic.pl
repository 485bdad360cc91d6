# SPDX-License-Identifier: GPL-2.0
# Numbers from the standard input: integers, floating point, 64-bit by hand
use strict;
use warnings;

my ($sum, $xor, $roots, $product) = (0, 0, 0.0, 1);
while (<STDIN>) {
	chomp;
	$sum += $_;
	$xor ^= $_;
	$roots += sqrt($_);
	$product = ($product * ($_ % 997 + 1)) % 65521;
}
printf("%d %d %.6f %d\n", $sum, $xor, $roots, $product);
printf("%.12f %.12f %.12f\n", sin(1), exp(1), atan2(1, 1) * 4);
