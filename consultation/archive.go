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

// registerArchive adds what gives files of the personal archive. Together they are all that is kept of a person, but what would open their
// account (passwords and tokens are kept as hashes) and what would tell of others.
func (s *Service) registerArchive(files func() []change.ArchivePart) {
	s.archive = append(s.archive, files)
}

// archiveFiles are the files of the personal archive, in their order.
func (s *Service) archiveFiles() (all []change.ArchivePart) {
	for _, files := range s.archive {
		all = append(all, files()...)
	}
	return all
}

// ExportAccount begins to write all that is kept of the viewer to w, as a ZIP archive of JSON files; nothing of it is
// held in memory but a few rows. An error in the middle leaves an archive that cannot be opened.
func (s *Service) ExportAccount(ctx context.Context, w io.Writer) error {
	viewer := auth.ViewerFrom(ctx)
	if err := s.MayExport(ctx); err != nil {
		return err
	}
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

// MayExport says whether there is somebody whose data can be exported.
func (s *Service) MayExport(ctx context.Context) error {
	return permission.Ask(auth.ViewerFrom(ctx), "exportAccount", permission.About{})
}

// exportPart writes a file: a list of objects.
func (s *Service) exportPart(ctx context.Context, archive *zip.Writer, part change.ArchivePart, userID string) error {
	file, err := archive.CreateHeader(&zip.FileHeader{Name: part.File, Method: zip.Deflate, Modified: s.Moment()})
	if err != nil {
		return err
	}
	before, after := "[", ""
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

// columnsOf is a row as JSON with these columns, in their order, as they are stored; null is what is empty there.
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

// exportNote says what the archive is, in the person's language.
func (s *Service) exportNote(archive *zip.Writer, viewer auth.Viewer) error {
	file, err := archive.CreateHeader(&zip.FileHeader{Name: "README.txt", Method: zip.Deflate, Modified: s.Moment()})
	if err != nil {
		return err
	}
	reader := []language.Tag{language.Make(viewer.Language)}
	_, err = io.WriteString(file, message.Say(reader, "All that this site keeps of you, as JSON. Passwords and tokens are kept as hashes, which nobody can read, and are left out.")+"\n")
	return err
}
