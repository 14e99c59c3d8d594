const bit<16> x = 8w1 ++ 2;
