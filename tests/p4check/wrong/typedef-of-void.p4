type string text;
typedef match_kind m;
typedef string s;
header h { bit<8> a; }
type h other;
