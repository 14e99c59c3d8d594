# Needs `data` (a CSV file of precision.py) and `picture` (a PNG file). Columns: rows; precision, wrong and invented of
# ours (2-4), of ours with mirror (5-7), of the paper's two tables (8-10).
set datafile separator ","
set terminal pngcairo size 720,640 font "sans,11"
set output picture
set multiplot layout 2,1 margins 0.12,0.97,0.10,0.95 spacing 0.10
set logscale x 2
set xrange [28:2340]
set xtics (32, 64, 128, 256, 512, 1024, 2048)
set grid ytics lc rgb "#dddddd"
set ylabel "precision"
set yrange [0:1.05]
set format x ""
set key right bottom
plot data every ::1 using 1:5 with linespoints lw 2 pt 7 ps 0.8 lc rgb "#3a923a" title "one table, overflow=mirror", \
	data every ::1 using 1:2 with linespoints lw 2 pt 5 ps 0.8 lc rgb "#3366aa" title "one table", \
	data every ::1 using 1:8 with linespoints lw 2 pt 9 ps 0.9 lc rgb "#cc5533" title "two tables (paper)"
set format x "%.0f"
set xlabel "rows per stage (4 stages), epochs of 1 s"
set ylabel "share of rows that are wrong (%)"
set yrange [0:75]
set key left top Left reverse
plot data every ::1 using 1:($10*100) with linespoints lw 2 pt 8 ps 0.9 dt 2 lc rgb "#cc5533" title "two tables: invented losses, % of true ones", \
	data every ::1 using 1:($9*100) with linespoints lw 2 pt 9 ps 0.9 lc rgb "#cc5533" title "two tables (paper): wrong rows", \
	data every ::1 using 1:($3*100) with linespoints lw 2 pt 5 ps 0.8 lc rgb "#3366aa" title "one table: wrong rows"
unset multiplot
