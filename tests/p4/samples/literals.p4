// Numbers keep their base and width, strings their escapes.
const int a = 0;
const int b = 1_000_000;
const int c = 0xDEAD_beef;
const int d = 0b1010_1010;
const int e = 0o777;
const int f = 0d99;
const bit<8> g = 8w0xff;
const bit<8> h = 8w0b_1010_1010;
const int<8> i = 8s0x7F;
const bit<16> j = 16w0o377;
const bit<16> k = 16w0377;
const bit<128> l = 0xfe80_0000_0000_0000_0202_b3ff_fe1e_8329;
const bit<200> m = 200w1606938044258990275541962092341162602522202993782792835301375;
const string n = "plain";
const string o = "with \" quotes \\ and \n escapes";
const string p = "two
lines";
const string q = "joined \
line";
const string r = "bytes ⟶ beyond ASCII";
const string s = "";
const bool t = true;
const bool u = false;
