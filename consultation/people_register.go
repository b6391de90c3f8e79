package consultation

// registerAccounts has everybody find people.
func (s *Service) registerAccounts() {
	registerNode(s, "user", s.People)
}
