# Needs `data` (a CSV file of `pint_schemes hops`) and `picture` (a PNG file).
set datafile separator ","
set terminal pngcairo size 720,400 font "sans,11"
set output picture
set xlabel "hops"
set ylabel "packets until all are known, mean"
set grid ytics lc rgb "#dddddd"
set key left top
plot data every ::1 using 1:2 with linespoints lw 2 pt 7 ps 0.7 lc rgb "#3366aa" title "ours, for any length", \
	data every ::1 using 1:4 with linespoints lw 2 pt 5 ps 0.7 lc rgb "#cc5533" title "hybrid for this length", \
	data every ::1 using 1:6 with linespoints lw 2 pt 4 ps 0.7 dt 2 lc rgb "#cc5533" title "hybrid for 10 hops", \
	data every ::1 using 1:8 with linespoints lw 2 pt 8 ps 0.7 dt 3 lc rgb "#cc5533" title "hybrid for 59 hops"
