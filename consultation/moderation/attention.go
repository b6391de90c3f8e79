package moderation

import (
	"ensemble/consultation/message"
	"ensemble/consultation/notify"
	"ensemble/ent/notification"
)

// registerConcerns registers the notifications for the people whose contributions moderators decide on.
func (s *Moderation) registerConcerns() {
	s.notify.Concern(
		notify.Concern{
			Kind: notification.KindCONTENT_MODERATED,
			Who:  "the author of what was hidden, restored, published or refused",
			Says: message.Said{Message: "A moderator has decided about something that you wrote."},
		},
		notify.Concern{
			Kind: notification.KindAPPEAL_DECIDED, Who: "whoever appealed",
			Says: message.Said{Message: "Your appeal was decided."},
		},
	)
}
