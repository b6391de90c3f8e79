package server

import (
	"net/http"
	"time"

	"ensemble/auth"
	"ensemble/consultation/refusal"
)

// exportPath is where people get what is stored about them.
const exportPath = "/account/export"

// exportTime is how long an export may take.
const exportTime = 10 * time.Minute

// exportAgain is when to come back where one is under way.
const exportAgain = 10 * time.Second

// export answers with all that is stored about whoever asks: see Service.ExportAccount. A failure in the middle cuts
// the connection, so that nobody takes half an archive for a whole one. An export costs as much as the largest
// operation, and keeps memory as long as it is read: a person has one at a time.
func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if err := s.Consultation.MayExport(ctx); err != nil {
		s.refuse(ctx, w, err)
		return
	}

	person := auth.Caller(ctx).UserID
	if _, busy := s.exporting.LoadOrStore(person, true); busy {
		s.refuse(ctx, w, refusal.TooOften("exports", exportAgain))
		return
	}
	defer s.exporting.Delete(person)

	if err := s.pay(ctx, costs, s.limits().MaxCost); err != nil {
		s.refuse(ctx, w, err)
		return
	}

	// The archive takes longer than other answers may.
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTime)); err != nil {
		s.Logger.WarnContext(ctx, "export without its time", "error", err)
	}

	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="ensemble-account.zip"`)

	// What was sent cannot be taken back: cut the connection, so that nobody takes a part for the whole.
	if err := s.Consultation.ExportAccount(ctx, w); err != nil {
		s.errors().Present(ctx, err)
		panic(http.ErrAbortHandler)
	}
}
