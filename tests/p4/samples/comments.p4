/** Documentation comment.
 * @name("not an annotation")
 */
const /* here */ int /* and */ a /* there */ = /**/ 1 /***/; // end
// a comment that \
continues here
const int b = 2 /* a /* not nested */ + 3;
const string c = "/* no comment */ // neither";
const int d = 8 /2/ 2; //
/*/ odd but closed */ const int e = 1;
