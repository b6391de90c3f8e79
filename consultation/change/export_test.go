package change

// ForgetSome is forgetSome: what one pass of the job forgets.
var ForgetSome = (*DB).forgetSome
