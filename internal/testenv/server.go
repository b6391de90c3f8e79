package testenv

import "testing"

// Server is a server that belongs to one test, which may break it. Whatever happens to it, it keeps its URL. PostgreSQL
// keeps its data too; Redis forgets it. The methods fail the test when the server does not obey, so they must be called
// from the test's own goroutine.
type Server struct {
	URL string

	t       testing.TB
	process *process
}

// own returns a running server that ends with t. When t fails, it shows what the server wrote last.
func own(t testing.TB, url string, p *process) *Server {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s:\n%s", p.command[0], p.logTail())
		}
		if err := p.discard(); err != nil {
			t.Error(err)
		}
	})
	return &Server{URL: url, t: t, process: p}
}

// Start starts the server after Stop or Kill, and returns when it answers.
func (s *Server) Start() {
	s.t.Helper()
	must(s.t, s.process.start())
}

// Stop ends the server in good order. Its clients lose their connections.
func (s *Server) Stop() {
	s.t.Helper()
	must(s.t, s.process.stop(s.process.quit))
}

// Restart does Stop, then Start.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	s.Start()
}

// Kill ends the server as a crash does.
func (s *Server) Kill() {
	s.t.Helper()
	must(s.t, s.process.kill())
}

// Pause freezes the server: connections stay open, the kernel even accepts new ones, and nothing answers.
func (s *Server) Pause() {
	s.t.Helper()
	_, err := s.process.pause()
	must(s.t, err)
}

// Resume undoes Pause.
func (s *Server) Resume() {
	s.t.Helper()
	must(s.t, s.process.resume())
}
