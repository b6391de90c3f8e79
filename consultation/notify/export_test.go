package notify

// TellSome is tellSome: it tells some of the people whom an event concerns.
var TellSome = (*Notify).tellSome

// NextDigest is Hour.next: it says when the next digest is due.
var NextDigest = Hour.next
