package consultation

import "ensemble/ent/notification"

// registerModerationConcerns registers what those are told whose contributions moderators decide on.
func (s *Service) registerModerationConcerns() {
	s.concern(
		Concern{
			Kind: notification.KindCONTENT_MODERATED, Who: "the author of what was hidden, restored, published or refused",
			Says: said{Message: "A moderator has decided about something that you wrote."},
		},
		Concern{
			Kind: notification.KindAPPEAL_DECIDED, Who: "whoever appealed",
			Says: said{Message: "Your appeal was decided."},
		},
	)
}
