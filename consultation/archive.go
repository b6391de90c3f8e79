package consultation

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/permission"
)

// registerArchive adds a function that returns files of the personal archive. Together the files have all that is
// stored about a person, except what would open their account (passwords and tokens are stored as hashes) and what
// would say something about others.
func (s *Service) registerArchive(files func() []change.ArchivePart) {
	s.archive = append(s.archive, files)
}

// archiveFiles returns the files of the personal archive, in their order.
func (s *Service) archiveFiles() (all []change.ArchivePart) {
	for _, files := range s.archive {
		all = append(all, files()...)
	}
	return all
}

// ExportAccount writes all that is stored about the viewer to w, as a ZIP archive of JSON files. Only a few rows of it
// are in memory at once. After an error in the middle, what was written is an archive that cannot be opened.
// Errors: UNAUTHENTICATED; FORBIDDEN for a token that is not for this.
func (s *Service) ExportAccount(ctx context.Context, w io.Writer) error {
	viewer := auth.ViewerFrom(ctx)
	if err := s.MayExport(ctx); err != nil {
		return err
	}

	// The export is written down before the first byte leaves: an export that breaks off has revealed something, too.
	err := s.In(ctx, func(ctx context.Context, tx *change.Tx) error {
		return tx.Audit(ctx, change.Act{Name: "exportAccount", Subject: viewer.UserID})
	})
	if err != nil {
		return err
	}

	archive := zip.NewWriter(w)
	for _, part := range s.archiveFiles() {
		if err := s.exportPart(ctx, archive, part, viewer.UserID); err != nil {
			return fmt.Errorf("export %s: %w", part.File, err)
		}
	}
	if err := s.exportNote(archive, viewer); err != nil {
		return err
	}
	return archive.Close()
}

// MayExport returns nil when the viewer may export their data, or why not. Errors: UNAUTHENTICATED; FORBIDDEN for a
// token that is not for this.
func (s *Service) MayExport(ctx context.Context) error {
	return permission.Ask(auth.ViewerFrom(ctx), "exportAccount", permission.About{})
}

// exportPart writes one file of the archive: a list of objects, one for each row, ArchiveBatch rows at a time.
func (s *Service) exportPart(ctx context.Context, archive *zip.Writer, part change.ArchivePart, userID string) error {
	file, err := archive.CreateHeader(&zip.FileHeader{Name: part.File, Method: zip.Deflate, Modified: s.Moment()})
	if err != nil {
		return err
	}

	before, after := "[", "" // what comes before the next object; the id of the last row
	for more := true; more; {
		rows, err := part.Rows(ctx, userID, after)
		if err != nil {
			return err
		}

		for _, row := range rows {
			raw, err := columnsOf(row, strings.Fields(part.Columns))
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(file, "%s\n  %s", before, raw); err != nil {
				return err
			}
			before, after = ",", row.NodeID()
		}
		more = len(rows) == change.ArchiveBatch
	}

	end := "\n]\n"
	if before == "[" {
		end = "[]\n"
	}
	_, err = io.WriteString(file, end)
	return err
}

// columnsOf returns a row as a JSON object with these columns, in their order, with the values that are stored; null
// for an empty one. It returns an error for a column that the row does not have, or that must never leave the program.
func columnsOf(row any, columns []string) ([]byte, error) {
	all := reflect.Indirect(reflect.ValueOf(row))
	stored := map[string]reflect.Value{}
	for _, field := range reflect.VisibleFields(all.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		stored[name] = all.FieldByIndex(field.Index)
	}

	b := []byte("{")
	for i, column := range columns {
		if i > 0 {
			b = append(b, ", "...)
		}

		value, there := stored[column]
		if !there {
			return nil, fmt.Errorf("%T has no column %s that may be shown", row, column)
		}

		raw, err := json.Marshal(value.Interface())
		if err != nil {
			return nil, err
		}
		b = append(append(b, strconv.Quote(column)+": "...), raw...)
	}
	return append(b, '}'), nil
}

// exportNote writes the file that says what the archive is, in the person's language.
func (s *Service) exportNote(archive *zip.Writer, viewer auth.Viewer) error {
	file, err := archive.CreateHeader(&zip.FileHeader{Name: "README.txt", Method: zip.Deflate, Modified: s.Moment()})
	if err != nil {
		return err
	}

	reader := []language.Tag{language.Make(viewer.Language)}
	_, err = io.WriteString(file, message.Say(reader,
		"All that this site keeps of you, as JSON. "+
			"Passwords and tokens are kept as hashes, which nobody can read, and are left out.")+"\n")
	return err
}
