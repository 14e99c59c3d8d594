# Needs `data` (a CSV file of hpcc.py) and `picture` (a PNG file).
set datafile separator ","
set terminal pngcairo size 1080,760 font "sans,11"
set output picture
set multiplot layout 2,2 margins 0.07,0.98,0.09,0.94 spacing 0.07,0.13
set grid ytics lc rgb "#dddddd"
set logscale x
set format x "10^{%L}"
set yrange [1:*]
set xlabel "bytes of a flow, buckets of 5 % of all flows"
set ylabel "slowdown, 95th percentile"
set key left top Left reverse

rows(sizes, load, feedback) = sprintf("< awk -F, '$1 == \"%s\" && $2 == \"%s\" && $3 == \"%s\"' '%s'", sizes, load, feedback, data)
do for [sizes in "websearch hadoop"] {
	do for [load in "0.5 0.7"] {
		set title sizes.", load ".load noenhanced
		plot rows(sizes, load, "int") using 4:8 with linespoints lw 2 pt 9 ps 0.9 lc rgb "#3a923a" title "INT", \
			rows(sizes, load, "pint 1") using 4:8 with linespoints lw 2 pt 7 ps 0.8 lc rgb "#3366aa" title "PINT, p = 1", \
			rows(sizes, load, "pint 1/16") using 4:8 with linespoints lw 2 pt 6 ps 0.8 dt 2 lc rgb "#3366aa" title "PINT, p = 1/16", \
			rows(sizes, load, "pint 1/256") using 4:8 with linespoints lw 2 pt 5 ps 0.8 lc rgb "#cc5533" title "PINT, p = 1/256", \
			rows(sizes, load, "csig") using 4:8 with linespoints lw 2 pt 4 ps 0.8 dt 2 lc rgb "#777777" title "CSIG"
	}
}
unset multiplot
