// Package demo fills an empty database with a sample consultation, and tells people what they can try in it.
//
// The sample is content/*.json. It is played as a story (story.go): every act of the people in it changes rows in
// memory and writes the event log as the rules would have at that time, then all rows are stored at once. The package
// is not for tests of rules, and knows nothing of the API.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"

	"ensemble/consultation"
	"ensemble/consultation/bulk"
	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/process"
	"ensemble/ent/role"
	"ensemble/ent/user"
)

// errForeign means that somebody's own content is there: the demo, whose passwords are known, stays away from it.
var errForeign = errors.New("this database holds something else: the demo does not touch it")

// Fill inserts the sample into an empty database, in one transaction, with scale times as many commitments as the
// sample has itself. It does nothing, whatever the scale, to a database that has the sample already, and refuses one
// that has anything else. Any number of processes may fill at once: one does, the others find the sample.
func Fill(ctx context.Context, service *consultation.Service, scale int, out io.Writer) error {
	if scale < 1 {
		return fmt.Errorf("demo: the scale is %d; it is at least 1", scale)
	}

	sample, err := readSample()
	if err != nil {
		return fmt.Errorf("demo: read the sample: %w", err)
	}

	err = fill(ctx, service, sample, scale, out)
	if ent.IsConstraintError(err) { // another process was faster: look what it left
		err = fill(ctx, service, sample, scale, out)
	}

	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

// fill does what Fill does, unless another process does it at the same time: then it fails with a constraint error.
func fill(ctx context.Context, service *consultation.Service, sample *sample, scale int, out io.Writer) error {
	return bulk.Write(ctx, service.DB, service.Index, (&progress{out: out}).show,
		func(ctx context.Context, tx *change.Tx) (*bulk.Rows, error) {
			filled, err := isFilled(ctx, tx, sample)
			if err != nil {
				return nil, err
			}
			if filled {
				fmt.Fprintln(out, "The database holds the sample already: nothing was changed.")
				return nil, nil
			}

			told, err := prepare(ctx, service, tx, sample, scale)
			if err != nil {
				return nil, err
			}
			told.rows.Processes = []*ent.Process{told.process}
			return &told.rows, nil
		})
}

// isFilled reports whether the database has the sample; false when it is empty. Errors: errForeign.
func isFilled(ctx context.Context, tx *change.Tx, sample *sample) (bool, error) {
	ours, err := tx.Process.Query().Where(process.Slug(sample.process.Slug),
		process.HasRolesWith(role.NameEQ(role.NameADMIN), role.HasUserWith(user.Email(accounts[0].email)))).Exist(ctx)
	if err != nil || ours {
		return ours, err
	}

	processes, err := tx.Process.Query().Exist(ctx)
	if err != nil {
		return false, err
	}

	users, err := tx.User.Query().Exist(ctx)
	if err == nil && (processes || users) {
		err = errForeign
	}

	return false, err
}

// prepare returns the story of the sample, which ends now.
func prepare(
	ctx context.Context, service *consultation.Service, tx *change.Tx, sample *sample, scale int,
) (*story, error) {
	territories, err := tx.Territory.Query().All(ctx)
	if err != nil {
		return nil, err
	}

	places := make(map[place]*ent.Territory, len(territories))
	for _, t := range territories {
		places[place{t.Kind, t.Code}] = t
	}

	hash, err := service.Passwords.Hash(ctx, password)
	if err != nil {
		return nil, err
	}

	told := newStory(service, hash, places)
	return told, told.tell(sample, scale)
}
