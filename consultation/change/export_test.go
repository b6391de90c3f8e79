package change

// ForgetSome is forgetSome, which forgets what one pass of the job forgets.
var ForgetSome = (*DB).forgetSome
