#if
#endif
#if 1 +
#endif
#if (1
#endif
#if 1 / 0
#endif
#if 1 2
#endif
#if "x"
#endif
#if 12q
#endif
#ifdef
#endif
#else
#elif 1
#endif
#if 0 && 1 / 0 || 1
const int a = ;
#else
#else
#endif
#if 1
