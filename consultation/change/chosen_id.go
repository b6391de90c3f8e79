package change

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"ensemble/consultation/refusal"
	"ensemble/ent"
)

// How far from the present the time of an id may be that a client has chosen. Answers to a comment are sorted by their
// ids: who chooses one gains little. Clocks of clients are wrong by some seconds.
const (
	chosenBefore = 10 * time.Minute
	chosenAfter  = time.Minute
)

// ChosenID returns the id that a client has chosen for a new node of a kind; a new one when it has chosen none. isTaken
// says whether there is such a node already.
// Errors: BAD_USER_INPUT on id when it has another form, or its time is not the present; CONFLICT on it when it is
// taken.
func (tx *Tx) ChosenID(
	ctx context.Context, kind string, chosen *string, isTaken func(ctx context.Context, id string) (bool, error),
) (string, error) {
	if chosen == nil {
		return tx.NewID(kind), nil
	}

	made, ok := timeOf(kind, *chosen)
	if !ok {
		return "", refusal.BadInput("id",
			"Use the form of our ids: %s_ and a UUIDv7 in base32hex, in lower case.", kind)
	}
	if now := tx.Moment(); made.Before(now.Add(-chosenBefore)) || made.After(now.Add(chosenAfter)) {
		return "", refusal.BadInput("id", "The time in this id is not the present.")
	}

	taken, err := isTaken(ctx, *chosen)
	if err == nil && taken {
		err = errIDTaken
	}
	return *chosen, err
}

var errIDTaken = &refusal.Error{Code: refusal.Conflict, Field: "id", Message: "This id is taken."}

// UnlessTaken returns the refusal of a chosen id that somebody else took at the same moment, where err says so; any other
// err as it is.
func UnlessTaken(chosen *string, err error) error {
	if chosen != nil && ent.IsConstraintError(err) {
		return errIDTaken
	}
	return err
}

// timeOf returns the time in an id of a kind. ok is false when it has not the form of NewID: each id has one spelling.
func timeOf(kind, id string) (made time.Time, ok bool) {
	raw, err := encoding.DecodeString(strings.TrimPrefix(id, kind+"_"))
	if err != nil || len(raw) != 16 {
		return time.Time{}, false
	}
	u := uuid.UUID(raw)
	return time.Unix(u.Time().UnixTime()), IDFrom(kind, u) == id && u.Version() == 7 && u.Variant() == uuid.RFC4122
}
