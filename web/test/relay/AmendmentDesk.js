// The amendments of a commitment, latest pages first, and the viewer's drafts.

graphql`
  query AmendmentDeskQuery($reference: String!) {
    commitment(reference: $reference) {
      ...AmendmentDesk_commitment
    }
    viewer {
      user { id ...AmendmentDesk_person }
      amendmentDrafts(first: 10) @connection(key: "AmendmentDesk_amendmentDrafts") {
        edges { node { id title } }
      }
    }
  }
`;

graphql`
  fragment AmendmentDesk_person on Actor {
    __typename
    name
    ... on User { nickname }
    ... on Organization { kind }
  }
`;

graphql`
  fragment AmendmentDesk_commitment on Commitment
  @refetchable(queryName: "AmendmentDeskPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "Cursor" }) {
    streamCursor
    amendments(last: $count, before: $cursor, orderBy: { field: SUBMITTED_AT, direction: ASC })
      @connection(key: "AmendmentDesk_amendments") {
      counts { state count }
      edges { node { id ...AmendmentDesk_amendment } }
    }
  }
`;

graphql`
  fragment AmendmentDesk_amendment on Amendment
  @refetchable(queryName: "AmendmentDeskRefreshQuery") {
    title
    state
    mergeState
    author { ...AmendmentDesk_person }
    decision { reason decidedAt decider { ...AmendmentDesk_person } }
  }
`;

graphql`
  mutation AmendmentDeskDeleteMutation($input: DeleteAmendmentDraftInput!, $connections: [ID!]!) {
    deleteAmendmentDraft(input: $input) {
      deletedAmendmentId @deleteEdge(connections: $connections) @deleteRecord
    }
  }
`;
