@k[a = 1, 2] const int a = 1;
@k[1 2] const int b = 1;
@k[a = ] const int c = 1;
@pragma x (unpaired
const int d = 1;
const int e = ;
