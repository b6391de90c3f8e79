package consultation

import (
	"ensemble/consultation/moderation"
	"ensemble/consultation/notify"
	"ensemble/consultation/organizations"
	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
)

// registerParts says what of each part belongs to a person: what the personal archive shows, and what an erasure
// forgets. Where order counts, it is that of these lines.
func (s *Service) registerParts() {
	// The files of the archive, in their order.
	s.registerArchive(s.ArchiveOfAccount)
	s.registerArchive(s.ArchiveOfRoles)
	s.registerArchive(s.ArchiveOfOrganizations)
	s.registerArchive(s.ArchiveOfNotifications)
	s.registerArchive(s.ArchiveOfTexts)
	s.registerArchive(s.ArchiveOfModeration)
	s.registerArchive(s.ArchiveOfAudit)

	// The threads are locked before anything else of the person is changed. What waits for a moderator closes its own
	// cases, so it is erased before the cases. The account is made blank last: the steps before need its name and
	// address.
	s.registerErasure(roadmap.LockThreadsAbout)
	s.registerErasure(people.EraseAccess, s.EraseAddress)
	s.registerErasure(processes.EraseRoles, organizations.EraseMemberships)
	s.registerErasure(roadmap.EraseWaiting, moderation.EraseCases, moderation.EraseFromCases)
	s.registerErasure(roadmap.EraseDrafts, roadmap.EraseDeleted, s.EraseFromReasons)
	s.registerErasure(outbox.EraseMail)
	s.registerErasure(notify.EraseAttention)
	s.registerErasure(s.EraseMentions)
	s.registerErasure(s.EraseIdentity)
}
