# Needs `data` (a CSV file of pint_bottleneck.c) and `picture` (a PNG file).
set datafile separator ","
set terminal pngcairo size 1080,400 font "sans,11"
set output picture
set multiplot layout 1,2 margins 0.07,0.98,0.14,0.92 spacing 0.08
set grid ytics lc rgb "#dddddd"
set logscale x 2
set format x "%.0f"
set xrange [0.9:570]
set xlabel "packets of the flow"

rows(load) = sprintf("< awk -F, '$1 == \"%s\"' '%s'", load, data)
set title "the right link is told (% of flows)" noenhanced
set yrange [0:105]
set key right bottom
plot rows("0.5") using 2:($4*100) with linespoints lw 2 pt 5 ps 0.8 dt 2 lc rgb "#777777" title "CSIG, 4 bytes, load 0.5", \
	rows("0.7") using 2:($4*100) with linespoints lw 2 pt 5 ps 0.8 lc rgb "#777777" title "load 0.7", \
	rows("0.5") using 2:($6*100) with linespoints lw 2 pt 7 ps 0.8 dt 2 lc rgb "#3366aa" title "PINT, 1 byte, load 0.5", \
	rows("0.7") using 2:($6*100) with linespoints lw 2 pt 7 ps 0.8 lc rgb "#3366aa" title "load 0.7"
set title "how much less busy the told link is (%)" noenhanced
set yrange [0:*]
set key right top
plot rows("0.5") using 2:($5*100) with linespoints lw 2 pt 5 ps 0.8 dt 2 lc rgb "#777777" title "CSIG, 4 bytes, load 0.5", \
	rows("0.7") using 2:($5*100) with linespoints lw 2 pt 5 ps 0.8 lc rgb "#777777" title "load 0.7", \
	rows("0.5") using 2:($7*100) with linespoints lw 2 pt 7 ps 0.8 dt 2 lc rgb "#3366aa" title "PINT, 1 byte, load 0.5", \
	rows("0.7") using 2:($7*100) with linespoints lw 2 pt 7 ps 0.8 lc rgb "#3366aa" title "load 0.7"
unset multiplot
