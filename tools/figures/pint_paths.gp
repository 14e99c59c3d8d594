# Needs `data` (a CSV file of pint_paths.c) and `picture` (a PNG file).
set datafile separator ","
set terminal pngcairo size 1560,760 font "sans,11"
set output picture
set multiplot layout 2,3 margins 0.055,0.985,0.08,0.95 spacing 0.045,0.13
set grid ytics lc rgb "#dddddd"
set logscale y
set xlabel "switches on the path"
set yrange [1:100000]
set format y "10^{%T}"
set key left top maxrows 4 samplen 1.5 font ",8.5"

rows(n, scheme, known) = sprintf("< awk -F, '$2 == %d && $4 == \"%s\" && $5 == \"%s\"' '%s'", n, scheme, known, data)
do for [column = 6:7] {
	do for [n in "753 157 80"] {
		set title (column == 6 ? "mean" : "99th percentile").", ".n." switches".(n eq "80" ? " (fat tree)" : "") noenhanced
		set ylabel (n eq "753" ? "packets until the path is known" : "")
		step = n eq "80" ? 1 : 10
		set xtics step
		plot rows(n + 0, "ppm", "nothing") using 3:column with linespoints lw 2 pt 8 dt 2 lc rgb "#888888" title "PPM, 16 bits", \
			rows(n + 0, "ams2 m=5", "nothing") using 3:column with linespoints lw 2 pt 10 dt 2 lc rgb "#aa7744" title "AMS2 (m = 5), 16 bits", \
			rows(n + 0, "pint 1", "switches") using 3:column with linespoints lw 2 pt 9 lc rgb "#cc5533" title "1 bit", \
			rows(n + 0, "pint 4", "switches") using 3:column with linespoints lw 2 pt 5 lc rgb "#3a923a" title "4 bits", \
			rows(n + 0, "pint 2x8", "switches") using 3:column with linespoints lw 2 pt 7 lc rgb "#3366aa" title "2x8 bits", \
			rows(n + 0, "pint 1", "links") using 3:column with linespoints lw 2 pt 8 lc rgb "#cc5533" title "1 bit, links known", \
			rows(n + 0, "pint 4", "links") using 3:column with linespoints lw 2 pt 4 lc rgb "#3a923a" title "4 bits, links known", \
			rows(n + 0, "pint 2x8", "links") using 3:column with linespoints lw 2 pt 6 lc rgb "#3366aa" title "2x8 bits, links known"
	}
}
unset multiplot
