import * as limits from "./limits.ts";
import { filterEntry, namespace, originTags, tag } from "./keys.ts";
import { denyPrefix, tagFilterRule } from "./rules.ts";
import { anything, group, key, list, text } from "./values.ts";

/** The Agent's default of `statsd_metric_namespace_blacklist`: what integrations send under names of their own. */
const NAMESPACE_EXEMPT = (
  "datadog.agent datadog.dogstatsd datadog.process datadog.trace_agent datadog.tracer activemq activemq_58 airflow " +
  "cassandra confluent hazelcast hive ignite jboss jvm kafka presto sidekiq solr tomcat runtime"
).split(" ");

/** The keys that decide what series a client's name and tags become; a part of the schema. */
export const POLICY_KEYS = {
  tags: key(list(tag, limits.GLOBAL_TAGS_MAX), [], "Tags put on every series, event and service check."),
  namespace: key(namespace, "", "A prefix of every metric name; its final dot is added when it is missing."),
  namespace_exempt: key(
    list(text("write the beginning of a name"), limits.FILTER_ENTRIES_MAX),
    NAMESPACE_EXEMPT,
    "Names that start so get no namespace; kafka covers kafkaesque, too.",
  ),
  filter: group(
    {
      allow: key(
        list(filterEntry, limits.FILTER_ENTRIES_MAX),
        [],
        "Only these names (with the namespace): exact, or prefix.*; empty is all.",
      ),
      deny: key(list(filterEntry, limits.FILTER_ENTRIES_MAX), [], "Not these names; wins over allow."),
      deny_prefix: key(
        list(denyPrefix, limits.FILTER_ENTRIES_MAX),
        [],
        "Not the names that start so, with exceptions: [{prefix, except_prefix, except_exact}].",
      ),
    },
    "Which metrics are aggregated at all.",
  ),
  tag_filter: key(
    list(tagFilterRule, limits.FILTER_ENTRIES_MAX),
    [],
    "Tags taken from metrics: [{metric_name, action: exclude or include, tags: [keys]}]; include keeps only these.",
  ),
  origin_tags: key(
    originTags,
    [],
    "Tags made of the fields c:, e: and card: container_id, container_inode, container_name, pod_uid, init_container, entity_id, cardinality; external_data is all of e:.",
  ),
  mapping: group(
    {
      profiles: key(
        anything,
        "[]",
        "The Agent's dogstatsd_mapper_profiles, also as JSON. A profile with a fault is refused loudly; the rest goes on.",
      ),
    },
    "Rules that rename series before anything else looks at them.",
  ),
};
