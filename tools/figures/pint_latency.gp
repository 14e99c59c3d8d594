# Needs `data` (a CSV file of pint_latency.c) and `picture` (a PNG file).
set datafile separator ","
set terminal pngcairo size 1080,760 font "sans,11"
set output picture
set multiplot layout 2,2 margins 0.07,0.98,0.09,0.94 spacing 0.07,0.13
set grid ytics lc rgb "#dddddd"
set yrange [0:*]
set ylabel "relative error (%)"
set key right top

rows(workload, space, scheme) = sprintf("< awk -F, '$1 == \"%s\" && $3 %s && $4 == \"%s\"' '%s'", workload, space, scheme, data)
set xlabel "packets over 5 hops, all codes counted"
do for [column = 5:6] {
	set title (column == 5 ? "median" : "99th percentile").", web search" noenhanced
	plot rows("websearch", "== 0 && $2 <= 1000", "4bit") using 2:column with linespoints lw 2 pt 5 ps 0.8 lc rgb "#cc5533" title "4 bits", \
		rows("websearch", "== 0 && $2 <= 1000", "4bit+") using 2:column with linespoints lw 2 pt 4 ps 0.8 dt 2 lc rgb "#cc5533" title "4 bits, between marks", \
		rows("websearch", "== 0 && $2 <= 1000", "8bit") using 2:column with linespoints lw 2 pt 7 ps 0.8 lc rgb "#3366aa" title "8 bits", \
		rows("websearch", "== 0 && $2 <= 1000", "int") using 2:column with linespoints lw 2 pt 9 ps 0.9 lc rgb "#3a923a" title "INT: each hop's, in full"
}
set xlabel "bytes per hop, 10,000 packets over 5 hops"
do for [column = 5:6] {
	set title (column == 5 ? "median" : "99th percentile").", 8 bits" noenhanced
	plot rows("websearch", "> 0", "8bit") using 3:column with linespoints lw 2 pt 7 ps 0.8 lc rgb "#3366aa" title "web search", \
		rows("hadoop", "> 0", "8bit") using 3:column with linespoints lw 2 pt 5 ps 0.8 lc rgb "#cc5533" title "Hadoop"
}
unset multiplot
