package notify

// TellSome is tellSome: a part of what telling people of an event takes.
var TellSome = (*Notify).tellSome

// NextDigest is Hour.next.
var NextDigest = Hour.next
