package consultation

// registerNouns has each noun say what it is to others. Where order counts, it is that of these lines.
func (s *Service) registerNouns() {
	s.registerAccounts()
	s.registerTerritories()
	s.registerProcesses()
	s.registerCommitments()
	s.registerAmendments()
	s.registerComments()
	s.registerSupports()
	s.registerOrganizations()
	s.registerModeration()

	// The files of the personal archive, in their order.
	s.registerArchive(s.archiveOfAccount)
	s.registerArchive(s.archiveOfRoles)
	s.registerArchive(s.archiveOfOrganizations)
	s.registerArchive(s.archiveOfNotifications)
	s.registerArchive(s.archiveOfTexts)
	s.registerArchive(s.archiveOfModeration)
	s.registerArchive(s.archiveOfAudit)

	// Threads are locked before anything else of the person is touched. The account is blanked last: the steps before it need
	// its name and address.
	s.registerErasure(lockThreadsAbout)
	s.registerErasure(eraseAccess)
	s.registerErasure(eraseRoles, eraseMemberships)
	s.registerErasure(eraseWaiting, eraseCases) // in this order: what waits closes its own cases
	s.registerErasure(eraseDrafts)
	s.registerErasure(eraseMail)
	s.registerErasure(eraseAttention)
	s.registerErasure(s.eraseMentions)
	s.registerErasure(eraseIdentity)
}
