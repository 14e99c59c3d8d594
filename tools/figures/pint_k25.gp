# Needs `data` (a CSV file of `pint_schemes k25`) and `picture` (a PNG file).
set datafile separator ","
set terminal pngcairo size 720,360 font "sans,11"
set output picture
set ylabel "packets until 25 hops are known"
set yrange [0:*]
set grid ytics lc rgb "#dddddd"
set style data histograms
set style fill solid 0.8 noborder
set key right top
plot data every ::1 using 2:xtic(1) lc rgb "#3366aa" title "median", \
	data every ::1 using 3 lc rgb "#cc5533" title "99th percentile"
