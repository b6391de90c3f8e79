// A consultation: its commitments, page after page, refetched with another filter, and commitments published meanwhile.

graphql`
  query ProcessPageQuery($slug: String!) {
    process(slug: $slug) {
      id
      ...ProcessPage_commitments
    }
  }
`;

graphql`
  fragment ProcessPage_commitments on Process
  @refetchable(queryName: "ProcessPageCommitmentsQuery")
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 20 }
    cursor: { type: "Cursor" }
    filter: { type: "CommitmentFilter" }
    orderBy: { type: "CommitmentOrder" }
  ) {
    title
    commitments(first: $count, after: $cursor, filter: $filter, orderBy: $orderBy)
      @connection(key: "ProcessPage_commitments") {
      totalCount
      counts { byAxis { axis { id title } count } }
      edges { node { id ...ProcessPage_card } }
    }
  }
`;

graphql`
  fragment ProcessPage_card on Commitment {
    number
    title
    supportCount
    commentCount
  }
`;

graphql`
  subscription ProcessPageSubscription($process: ID!, $after: EventCursor) {
    processEvents(process: $process, after: $after) {
      __typename
      cursor
      ... on CommitmentPublished { commitment { id ...ProcessPage_card } }
      ... on PhaseOpened { phase { id isOpen } }
    }
  }
`;
