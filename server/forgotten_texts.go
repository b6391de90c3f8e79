package server

import "ensemble/bounded"

// forgottenTexts is the live.Watcher that empties what a process remembers of texts, and of documents with texts in them,
// when somebody has erased their account. It is called on what comes from other processes, too.
type forgottenTexts struct {
	server    *Server
	documents *documentCache
	persisted *bounded.Cache[string]
}

// Changed implements live.Watcher.
func (f *forgottenTexts) Changed() {
	f.server.Consultation.ForgetTexts()
	f.documents.parsed.Clear()
	f.persisted.Clear()
}
