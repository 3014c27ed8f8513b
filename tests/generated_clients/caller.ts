// A caller of the generated types: it does not run, it has to compile. Each line marked so has to be an error.
import type { components, operations, paths } from "./referral";

type Schemas = components["schemas"];

const intake: Schemas["IntakeIn"] = {
  schema_version: "1.0",
  channel: "self_return_border",
  received_at: "2026-11-20T22:41:00+07:00",
  place: { province_code: "15" },
  person: { full_name: "Nguyễn Thị Hoa", birth_date: "1999", nationalities: ["VN"] },
  urgent_needs: ["medical", "shelter"],
};

// @ts-expect-error: no code of the list of services
const unknown: Schemas["ServiceCode"] = "teleportation";

type Sent = paths["/v1/intakes/{intake_id}"]["put"]["requestBody"]["content"]["application/json"];
const sent: Sent = intake;

type Refused = operations["put_intakes_intake_id"]["responses"][409]["content"]["application/problem+json"];
const code = (problem: Refused): string => `${problem.code} ${problem.detail}`;

type Shown = operations["get_cases_case_id"]["responses"][200]["content"]["application/json"];
const masked = (shown: Shown): readonly Schemas["Section"][] => shown.masked;

// @ts-expect-error: whoever moves a thing states which version of it was read
const headers: operations["post_cases_case_id_closures"]["parameters"]["header"] = { "Acting-Officer": "cb-0147" };

export { code, headers, masked, sent, unknown };
