package people

import "ensemble/consultation/change"

// What strangers may repeat only so often.
var (
	SignIns      = change.Attempts{Account: "accountSignIns", Address: "addressSignIns"} // passwords tried
	MailRequests = change.Attempts{Account: "accountMails", Address: "addressMails"}     // mails asked for: of sign-up, of a reset
)
