package demo

import (
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/moderation"
	"ensemble/ent/organization"
	"ensemble/ent/report"
	"ensemble/ent/role"
	"ensemble/ent/territory"
)

// sample is content/*.json: the README there says what is in each file.
type sample struct {
	process       sampleProcess
	organizations []sampleOrganization
	people        []samplePerson
	commitments   []sampleCommitment // by number
	amendments    []sampleAmendment
	comments      []sampleComment
	supports      []sampleSupport
	moderation    sampleModeration
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

type sampleModeration struct {
	Reports []struct {
		Comment, Reporter string
		Reason            report.Reason
		Text              prose
		DaysAgo           float64
	}
	Decisions []sampleDecision
}

type sampleDecision struct {
	Comment string
	Action  moderation.Action // HIDE or DISMISS
	Reason  *moderation.Reason
	Facts   prose
	Ground  line
	By      string
	DaysAgo float64
}
