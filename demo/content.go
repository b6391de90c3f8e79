package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"

	"ensemble/consultation"
	"ensemble/consultation/text"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
	"ensemble/ent/role"
	"ensemble/ent/territory"
)

//go:embed content/*.json
var files embed.FS

// sample is content/*.json: its README says what each file holds.
type sample struct {
	process       sampleProcess
	organizations []sampleOrganization
	people        []samplePerson
	commitments   []sampleCommitment // by number
	amendments    []sampleAmendment
	comments      []sampleComment
	supports      []sampleSupport
}

type sampleProcess struct {
	Slug            string
	Title           titles
	Description     bodies
	Languages       []string
	ReferencePrefix string
	Phases          []samplePhase
	Axes            []sampleAxis
}

type samplePhase struct {
	Name                                                       titles
	Description                                                bodies
	OpensAtDays                                                float64
	ClosesAtDays                                               *float64
	Comments, Supports                                         bool
	AmendmentSubmission, AmendmentDecision, AmendmentPromotion bool
}

type sampleAxis struct {
	Key         string
	Title       titles
	Description bodies
}

// place names a territory.
type place struct {
	Kind territory.Kind
	Code string
}

type sampleOrganization struct {
	Key       string
	Name      line
	Kind      organization.Kind
	Territory *place
	Verified  bool
}

type samplePerson struct {
	Key             string
	Name            line
	Nickname, Email string
	Language        string
	Memberships     []struct {
		Organization string
		Role         membership.Role
	}
	Roles     []role.Name
	SiteAdmin bool
}

type sampleCommitment struct {
	Number          int
	Axis            string
	Territories     []place
	Status          commitment.Status
	PublishedAtDays *float64
	StatusAtDays    *float64 // when it left OPEN
	Versions        []sampleVersion
}

type sampleVersion struct {
	Title         titles
	Body          bodies
	Behind        []string
	FromAmendment *string
	Author        string
	DaysAgo       float64
}

type sampleAmendment struct {
	Key              string
	Commitment       int
	Language         string
	BaseVersion      int
	Title            line
	Body, Rationale  prose
	Author           string
	Organization     *string
	State            amendment.State
	SubmittedDaysAgo *float64
	WithdrawnDaysAgo *float64
	Decision         *struct {
		By      string
		Reason  prose
		DaysAgo float64
	}
}

type sampleComment struct {
	Key     string
	Subject struct {
		Commitment int
		Amendment  string
	}
	Parent         *string
	Author         string
	Organization   *string
	Language       string
	Body           prose
	Alignment      *comment.Alignment
	DaysAgo        float64
	EditedBody     prose // what it said before
	EditedDaysAgo  float64
	Deleted        bool
	DeletedDaysAgo float64
	Votes          struct{ Up, Down []string }
}

type sampleSupport struct {
	Commitment   int
	Person       string
	Organization *string
	Version      int // the current one at that time
	DaysAgo      float64
	Confirmed    bool
}

// readSample reads what is embedded. A field that no struct has is an error: a typing mistake would go unseen.
func readSample() (*sample, error) {
	s := &sample{}
	for name, into := range map[string]any{
		"process": &s.process, "organizations": &s.organizations, "people": &s.people,
		"amendments": &s.amendments, "comments": &s.comments, "supports": &s.supports,
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
	titles consultation.Texts
	bodies consultation.Texts
)

func (l *line) UnmarshalText(raw []byte) error {
	s, err := text.CleanLine(string(raw))
	*l = line(s)
	return err
}

func (p *prose) UnmarshalText(raw []byte) error {
	s, err := text.Clean(string(raw))
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
