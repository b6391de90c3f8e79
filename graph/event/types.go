package event

import (
	"ensemble/graph/batch"
	"ensemble/live"
)

// Each event type, and in which streams it can appear.
type (
	CommentPosted              struct{ *Fact }
	CommentEdited              struct{ *Fact }
	CommentRemoved             struct{ *Fact }
	CommentRestored            struct{ *Fact }
	VoteChanged                struct{ *Fact }
	AmendmentSubmitted         struct{ *Fact }
	AmendmentAccepted          struct{ *Fact }
	AmendmentRejected          struct{ *Fact }
	AmendmentWithdrawn         struct{ *Fact }
	AmendmentPromoted          struct{ *Fact }
	AmendmentMergeStateChanged struct{ *Fact }
	AmendmentHidden            struct{ *Fact }
	AmendmentRestored          struct{ *Fact }
	VersionPublished           struct{ *Fact }
	SupportAdded               struct{ *Fact }
	SupportConfirmed           struct{ *Fact }
	SupportRemoved             struct{ *Fact }
	CommitmentStatusChanged    struct{ *Fact }
	CommitmentMoved            struct{ *Fact }
	CommitmentPublished        struct{ *Fact }
	CommitmentWithdrawn        struct{ *Fact }
	ProcessPublished           struct{ *Fact }
	ProcessUpdated             struct{ *Fact }
	PhaseOpened                struct{ *Fact }
	PhaseClosed                struct{ *Fact }
	Notified                   struct{ *Fact }
	NotificationsRead          struct{ *Fact }
	ModerationLogged           struct{ *Fact }
	ModerationQueueChanged     struct{ *Fact }
	Reset                      struct{ *Fact }
)

func (*CommitmentPublished) isProcessEvent() {}
func (*CommitmentWithdrawn) isProcessEvent() {}
func (*ProcessPublished) isProcessEvent()    {}
func (*ProcessUpdated) isProcessEvent()      {}
func (*PhaseOpened) isProcessEvent()         {}
func (*PhaseClosed) isProcessEvent()         {}
func (*Reset) isProcessEvent()               {}

func (*CommentPosted) isCommitmentEvent()              {}
func (*CommentEdited) isCommitmentEvent()              {}
func (*CommentRemoved) isCommitmentEvent()             {}
func (*CommentRestored) isCommitmentEvent()            {}
func (*VoteChanged) isCommitmentEvent()                {}
func (*AmendmentSubmitted) isCommitmentEvent()         {}
func (*AmendmentAccepted) isCommitmentEvent()          {}
func (*AmendmentRejected) isCommitmentEvent()          {}
func (*AmendmentWithdrawn) isCommitmentEvent()         {}
func (*AmendmentPromoted) isCommitmentEvent()          {}
func (*AmendmentMergeStateChanged) isCommitmentEvent() {}
func (*AmendmentHidden) isCommitmentEvent()            {}
func (*AmendmentRestored) isCommitmentEvent()          {}
func (*VersionPublished) isCommitmentEvent()           {}
func (*SupportAdded) isCommitmentEvent()               {}
func (*SupportConfirmed) isCommitmentEvent()           {}
func (*SupportRemoved) isCommitmentEvent()             {}
func (*CommitmentStatusChanged) isCommitmentEvent()    {}
func (*CommitmentMoved) isCommitmentEvent()            {}
func (*CommitmentPublished) isCommitmentEvent()        {}
func (*CommitmentWithdrawn) isCommitmentEvent()        {}
func (*Reset) isCommitmentEvent()                      {}

func (*CommentPosted) isCommentEvent()     {}
func (*CommentEdited) isCommentEvent()     {}
func (*CommentRemoved) isCommentEvent()    {}
func (*CommentRestored) isCommentEvent()   {}
func (*VoteChanged) isCommentEvent()       {}
func (*AmendmentHidden) isCommentEvent()   {}
func (*AmendmentRestored) isCommentEvent() {}
func (*Reset) isCommentEvent()             {}

func (*AmendmentSubmitted) isAmendmentEvent()         {}
func (*AmendmentAccepted) isAmendmentEvent()          {}
func (*AmendmentRejected) isAmendmentEvent()          {}
func (*AmendmentWithdrawn) isAmendmentEvent()         {}
func (*AmendmentPromoted) isAmendmentEvent()          {}
func (*AmendmentMergeStateChanged) isAmendmentEvent() {}
func (*AmendmentHidden) isAmendmentEvent()            {}
func (*AmendmentRestored) isAmendmentEvent()          {}
func (*Reset) isAmendmentEvent()                      {}

func (*Notified) isNotificationEvent()          {}
func (*NotificationsRead) isNotificationEvent() {}
func (*Reset) isNotificationEvent()             {}

func (*ModerationLogged) isModerationEvent() {}
func (*Reset) isModerationEvent()            {}

func (*ModerationQueueChanged) isModerationQueueEvent() {}
func (*Reset) isModerationQueueEvent()                  {}

// Of gives events their types, one for one, and lets them be read together. It is nil for a type that this program does
// not know: a newer process wrote it.
func Of(events []live.Event, nodes Nodes) []Event {
	facts := make([]*Fact, 0, len(events))
	typed := make([]Event, len(events))
	for i, e := range events {
		if wrap, known := wrappers[e.Type]; known {
			f := &Fact{Event: e, nodes: nodes}
			facts, typed[i] = append(facts, f), wrap(f)
		}
	}
	batch.Together(facts)
	return typed
}

var wrappers = map[live.Type]func(*Fact) Event{
	live.CommentPosted:              func(f *Fact) Event { return &CommentPosted{f} },
	live.CommentEdited:              func(f *Fact) Event { return &CommentEdited{f} },
	live.CommentRemoved:             func(f *Fact) Event { return &CommentRemoved{f} },
	live.CommentRestored:            func(f *Fact) Event { return &CommentRestored{f} },
	live.VoteChanged:                func(f *Fact) Event { return &VoteChanged{f} },
	live.AmendmentSubmitted:         func(f *Fact) Event { return &AmendmentSubmitted{f} },
	live.AmendmentAccepted:          func(f *Fact) Event { return &AmendmentAccepted{f} },
	live.AmendmentRejected:          func(f *Fact) Event { return &AmendmentRejected{f} },
	live.AmendmentWithdrawn:         func(f *Fact) Event { return &AmendmentWithdrawn{f} },
	live.AmendmentPromoted:          func(f *Fact) Event { return &AmendmentPromoted{f} },
	live.AmendmentMergeStateChanged: func(f *Fact) Event { return &AmendmentMergeStateChanged{f} },
	live.AmendmentHidden:            func(f *Fact) Event { return &AmendmentHidden{f} },
	live.AmendmentRestored:          func(f *Fact) Event { return &AmendmentRestored{f} },
	live.VersionPublished:           func(f *Fact) Event { return &VersionPublished{f} },
	live.SupportAdded:               func(f *Fact) Event { return &SupportAdded{f} },
	live.SupportConfirmed:           func(f *Fact) Event { return &SupportConfirmed{f} },
	live.SupportRemoved:             func(f *Fact) Event { return &SupportRemoved{f} },
	live.CommitmentStatusChanged:    func(f *Fact) Event { return &CommitmentStatusChanged{f} },
	live.CommitmentMoved:            func(f *Fact) Event { return &CommitmentMoved{f} },
	live.CommitmentPublished:        func(f *Fact) Event { return &CommitmentPublished{f} },
	live.CommitmentWithdrawn:        func(f *Fact) Event { return &CommitmentWithdrawn{f} },
	live.ProcessPublished:           func(f *Fact) Event { return &ProcessPublished{f} },
	live.ProcessUpdated:             func(f *Fact) Event { return &ProcessUpdated{f} },
	live.PhaseOpened:                func(f *Fact) Event { return &PhaseOpened{f} },
	live.PhaseClosed:                func(f *Fact) Event { return &PhaseClosed{f} },
	live.Notified:                   func(f *Fact) Event { return &Notified{f} },
	live.NotificationsRead:          func(f *Fact) Event { return &NotificationsRead{f} },
	live.ModerationLogged:           func(f *Fact) Event { return &ModerationLogged{f} },
	live.ModerationQueueChanged:     func(f *Fact) Event { return &ModerationQueueChanged{f} },
	live.Reset:                      func(f *Fact) Event { return &Reset{f} },
}
