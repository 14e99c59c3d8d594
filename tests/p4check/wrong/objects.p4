#include <core.p4>
extern e { e(); }
control any();
control some() { apply { } }
control takes_any()(any x) { apply { } }
control takes_some()(some x) { apply { } }
control maybe()(@optional bit<8> x) { apply { } }
control makes() {
	e() good;
	apply {
		e() late;
	}
}
