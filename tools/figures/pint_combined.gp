# Needs `data` (a CSV file of hpcc.py) and `picture` (a PNG file).
set datafile separator ","
set terminal pngcairo size 1000,400 font "sans,11"
set output picture
set xlabel "three queries in 16 bits, against each alone (%)"
set grid xtics lc rgb "#dddddd"
set lmargin 64
set yrange [7.6:-0.6]
set style fill solid 0.8 noborder
set key off
plot data every ::1 using ($4 / 2):0:($4 / 2):(0.35):ytic(1) with boxxyerror lc rgb "#3366aa"
