struct pair<A, B> {
	A a;
	B b;
}
const pair<bit<8>> x = { 1, 2 };
const pair y = { 1, 2 };
typedef bit<8> byte;
const byte<bit<8>> z = 1;
const pair<bit<8>, string> s = { 1, "x" };
