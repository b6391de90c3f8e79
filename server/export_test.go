package server

// What tests of package server_test need from inside.

// StyleHash is how a policy names a style.
var StyleHash = styleHash

// Backlog returns how many bytes wait for clients that do not read.
func (s *Server) Backlog() int64 { return s.backlog.size() }

// Exports has an export of a person's account be under way, until over.
func (s *Server) Exports(person string) (over func()) {
	s.exporting.Store(person, true)
	return func() { s.exporting.Delete(person) }
}
