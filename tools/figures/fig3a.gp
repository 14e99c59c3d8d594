# Needs `data` (a CSV file: epoch,lost) and `picture` (a PNG file).
set datafile separator ","
set terminal pngcairo size 720,360 font "sans,11"
set output picture
set xlabel "time (s)"
set ylabel "packets lost per second"
set xrange [0:46]
set yrange [0:600]
set grid ytics lc rgb "#dddddd"
set style fill solid 0.8 noborder
set boxwidth 0.9
set key off
set label "queue full, no drops" at 16,40 center tc rgb "#555555"
set label "+500 packets/s" at 35,540 center tc rgb "#555555"
plot data every ::1 using ($1 + 0.5):2 with boxes lc rgb "#3366aa"
