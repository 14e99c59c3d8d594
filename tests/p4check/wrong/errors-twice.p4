#include <core.p4>

error { Mine, NoMatch, Mine }
control c(out error e) {
	apply {
		e = error.Mine2;
	}
}
