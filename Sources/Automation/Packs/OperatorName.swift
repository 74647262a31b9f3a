/// The names that a criterion's `type` can have, spelt exactly so. Several mean the same.
public enum OperatorName: String, Sendable, CaseIterable {
  case equals, eq, nequals, neq
  case iequals, ieq
  case contains, ncontains, icontains, incontains
  case startswith, istartswith, endswith, iendswith
  case lessthan, lt, greaterthan, gt
  case matchwildcard, regex, iregex, matchregex
  case timediffLessThan = "timediff_lt"
  case tdLessThan = "td_lt"
  case timediffGreaterThan = "timediff_gt"
  case tdGreaterThan = "td_gt"
  case exists, nexists
  case inside
  case isIn = "in"
  case ninside, nin
  case search
}
