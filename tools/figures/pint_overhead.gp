# Needs `data` (a CSV file of hpcc.py) and `picture` (a PNG file).
set datafile separator ","
set terminal pngcairo size 720,360 font "sans,11"
set output picture
set grid ytics lc rgb "#dddddd"
set xlabel "bytes of header in all packets of 1000 bytes"
set ylabel "to no header (%)"
set xrange [0:112]
set xtics (0, 28, 48, 68, 88, 108)
set key left top Left reverse
set yrange [80:130]

rows(load) = sprintf("< awk -F, '$1 == \"%s\"' '%s'", load, data)
plot rows("0.5") using 2:($6 * 100) with linespoints lw 2 pt 7 ps 0.8 dt 2 lc rgb "#cc5533" title "mean time of flows, load 0.5", \
	rows("0.7") using 2:($6 * 100) with linespoints lw 2 pt 7 ps 0.8 lc rgb "#cc5533" title "load 0.7", \
	rows("0.5") using 2:($7 * 100) with linespoints lw 2 pt 5 ps 0.8 dt 2 lc rgb "#3366aa" title "goodput of the longest 5 %, load 0.5", \
	rows("0.7") using 2:($7 * 100) with linespoints lw 2 pt 5 ps 0.8 lc rgb "#3366aa" title "load 0.7"
