package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
)

// folder writes each mail into a file of its own, for tests and development.
type folder struct {
	path string
	from *mail.Address
}

func openFolder(path string, from *mail.Address) (*folder, error) {
	if path == "" {
		return nil, errors.New("mail: file: names no folder")
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("mail: make the folder: %w", err)
	}
	return &folder{path, from}, nil
}

// Send implements Sender. Whoever finds the file finds all of it.
func (f *folder) Send(_ context.Context, m Message) error {
	msg, err := written(f.from, m)
	if err != nil {
		return err
	}

	if m.ID == "" || filepath.Base(m.ID) != m.ID {
		return &Refused{Doing: "naming the file", permanent: true}
	}

	// Write under another name first: whoever reads the folder finds whole mails only.
	file, err := os.CreateTemp(f.path, ".*")
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}

	_, err = msg.WriteTo(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(fmt.Errorf("mail: %w", err), os.Remove(file.Name()))
	}

	return os.Rename(file.Name(), filepath.Join(f.path, m.ID+".eml"))
}
