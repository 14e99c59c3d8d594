const s a = { x = 1, 2 };
const s b = { 1, y = 2 };
const s c = { ..., 1 };
const s d = { 1 2 };
const s e = { , };
const s f = { 1, 2 ;
