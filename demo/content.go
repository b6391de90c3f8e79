package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"

	"ensemble/consultation/input"
	"ensemble/consultation/text/clean"
)

//go:embed content/*.json
var files embed.FS

// readSample reads what is embedded. A field that no struct has is an error: a typing mistake would go unseen.
func readSample() (*sample, error) {
	s := &sample{}
	for name, into := range map[string]any{
		"process": &s.process, "organizations": &s.organizations, "people": &s.people,
		"amendments": &s.amendments, "comments": &s.comments, "supports": &s.supports, "moderation": &s.moderation,
	} {
		if err := readFile("content/"+name+".json", into); err != nil {
			return nil, err
		}
	}

	names, err := fs.Glob(files, "content/commitments-*.json")
	for _, name := range names {
		var some []sampleCommitment
		if err := readFile(name, &some); err != nil {
			return nil, err
		}
		s.commitments = append(s.commitments, some...)
	}

	return s, err
}

func readFile(name string, into any) error {
	raw, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// What people write is cleaned as it is read, as the rules clean what they are sent: line is one line, prose
// several; titles and bodies are official texts, one value per language.
type (
	line   string
	prose  string
	titles input.Texts
	bodies input.Texts
)

func (l *line) UnmarshalText(raw []byte) error {
	s, err := clean.Line(string(raw))
	*l = line(s)
	return err
}

func (p *prose) UnmarshalText(raw []byte) error {
	s, err := clean.Text(string(raw))
	*p = prose(s)
	return err
}

func (t *titles) UnmarshalJSON(raw []byte) (err error) {
	*t, err = readTexts[line](raw)
	return err
}

func (t *bodies) UnmarshalJSON(raw []byte) (err error) {
	*t, err = readTexts[prose](raw)
	return err
}

func readTexts[T ~string](raw []byte) (map[string]string, error) {
	var values map[string]T
	err := json.Unmarshal(raw, &values)
	all := make(map[string]string, len(values))
	for language, s := range values {
		all[language] = string(s)
	}
	return all, err
}
