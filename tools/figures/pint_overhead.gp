# Needs `data` (a CSV file of hpcc.py) and `picture` (a PNG file).
set datafile separator ","
set terminal pngcairo size 1080,400 font "sans,11"
set output picture
set multiplot layout 1,2 margins 0.07,0.98,0.14,0.92 spacing 0.08
set grid ytics lc rgb "#dddddd"
set xlabel "bytes of header in all packets of 1000 bytes"
set xrange [0:112]
set xtics (0, 28, 48, 68, 88, 108)

rows(control, load) = sprintf("< awk -F, '$1 == \"%s\" && $2 == \"%s\"' '%s'", control, load, data)
set title "mean time of flows, to no header (%)" noenhanced
set key left top Left reverse
plot rows("hpcc", "0.5") using 3:($7 * 100) with linespoints lw 2 pt 7 ps 0.8 dt 2 lc rgb "#3366aa" title "HPCC, load 0.5", \
	rows("hpcc", "0.7") using 3:($7 * 100) with linespoints lw 2 pt 7 ps 0.8 lc rgb "#3366aa" title "load 0.7", \
	rows("reno", "0.5") using 3:($7 * 100) with linespoints lw 2 pt 5 ps 0.8 dt 2 lc rgb "#cc5533" title "Reno, load 0.5", \
	rows("reno", "0.7") using 3:($7 * 100) with linespoints lw 2 pt 5 ps 0.8 lc rgb "#cc5533" title "load 0.7"
set title "goodput of the longest 5 % of flows, to no header (%)" noenhanced
set key left bottom Left reverse
plot rows("hpcc", "0.5") using 3:($8 * 100) with linespoints lw 2 pt 7 ps 0.8 dt 2 lc rgb "#3366aa" title "HPCC, load 0.5", \
	rows("hpcc", "0.7") using 3:($8 * 100) with linespoints lw 2 pt 7 ps 0.8 lc rgb "#3366aa" title "load 0.7", \
	rows("reno", "0.5") using 3:($8 * 100) with linespoints lw 2 pt 5 ps 0.8 dt 2 lc rgb "#cc5533" title "Reno, load 0.5", \
	rows("reno", "0.7") using 3:($8 * 100) with linespoints lw 2 pt 5 ps 0.8 lc rgb "#cc5533" title "load 0.7"
unset multiplot
