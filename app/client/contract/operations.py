"""Every operation of the contract, by its operationId, as a request to be sent. Made from openapi/ by `./referral openapi`; never edited by hand."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from . import types
from ..wire import Page, Request, form, part


def get_well_known_api_catalog() -> Request[types.Linkset]:
    """Mục lục giao diện · API catalogue (RFC 9727)."""
    return Request('GET', '/.well-known/api-catalog', public=True)


def get_well_known_jwks() -> Request[types.JwksOut]:
    """Khóa công khai của biên nhận và nhật ký · Public keys of receipts and audit heads."""
    return Request('GET', '/.well-known/jwks', public=True)


def get_well_known_oauth_authorization_server() -> Request[types.MetadataOut]:
    """Mô tả máy chủ cấp quyền · Authorization server metadata."""
    return Request('GET', '/.well-known/oauth-authorization-server', public=True)


def get_healthz() -> Request[types.Alive]:
    """Tiến trình còn sống · The process is alive."""
    return Request('GET', '/healthz', public=True)


def get_oauth_jwks() -> Request[types.JwksOut]:
    """Khóa công khai của mã truy cập · Public keys of access tokens."""
    return Request('GET', '/oauth/jwks', public=True)


def post_oauth_revoke(body: Mapping[str, str]) -> Request[None]:
    """Thu hồi mã truy cập · Revoke an access token."""
    return Request('POST', '/oauth/revoke', body=form(body), media='application/x-www-form-urlencoded', public=True, empty=True)


def post_oauth_token(body: Mapping[str, str]) -> Request[types.TokenOut]:
    """Lấy mã truy cập · Get an access token."""
    return Request('POST', '/oauth/token', body=form(body), media='application/x-www-form-urlencoded', public=True)


def get_problems() -> Request[types.ProblemsOut]:
    """Các loại từ chối · Kinds of refusal."""
    return Request('GET', '/problems', public=True)


def get_problems_code(code: str) -> Request[types.ProblemOut]:
    """Một loại từ chối · One kind of refusal."""
    return Request('GET', f"/problems/{part(code)}", public=True)


def get_readyz() -> Request[types.Ready]:
    """Sẵn sàng phục vụ · Ready to serve."""
    return Request('GET', '/readyz', public=True)


def get_applications(*, box: Literal['inbox', 'outbox'] | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ApplicationItem]]:
    """Đơn đến, đơn đi · Applications to me, from me."""
    return Request('GET', '/v1/applications', query={'box': box, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_applications_application_id(application_id: UUID | str) -> Request[types.ApplicationOut]:
    """Đọc đơn · Read an application."""
    return Request('GET', f"/v1/applications/{part(application_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_applications_application_id_decisions(application_id: UUID | str, body: types.DecisionIn, *, etag: str) -> Request[types.ApplicationState]:
    """Quyết định · Decide."""
    return Request('POST', f"/v1/applications/{part(application_id)}/decisions", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_applications_application_id_withdrawals(application_id: UUID | str, body: types.ReferralsWithdrawalIn, *, etag: str) -> Request[types.ApplicationState]:
    """Rút đơn · Withdraw an application."""
    return Request('POST', f"/v1/applications/{part(application_id)}/withdrawals", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_assessments_assessment_id(assessment_id: UUID | str) -> Request[types.AssessmentOut]:
    """Đọc một đánh giá · Read an assessment."""
    return Request('GET', f"/v1/assessments/{part(assessment_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_assistances(*, box: Literal['inbox', 'outbox'] | None = None, status: types.AssistanceStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.AssistanceItem]]:
    """Đề nghị phối hợp đến và đi · Assistance asked of me and by me."""
    return Request('GET', '/v1/assistances', query={'box': box, 'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_assistances_assistance_id(assistance_id: UUID | str) -> Request[types.AssistanceOut]:
    """Đọc một đề nghị phối hợp · Read a request for assistance."""
    return Request('GET', f"/v1/assistances/{part(assistance_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_assistances_assistance_id_answers(assistance_id: UUID | str, body: types.TextIn, *, etag: str) -> Request[types.AssistanceItem]:
    """Trả lời đề nghị phối hợp · Answer a request for assistance."""
    return Request('POST', f"/v1/assistances/{part(assistance_id)}/answers", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_assistances_assistance_id_withdrawals(assistance_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.AssistanceItem]:
    """Rút đề nghị phối hợp · Withdraw a request for assistance."""
    return Request('POST', f"/v1/assistances/{part(assistance_id)}/withdrawals", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_audit_checkpoints(*, tree_size: int | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.AuditCheckpointOut]]:
    """Mốc nhật ký đã ký · Signed audit checkpoints."""
    return Request('GET', '/v1/audit-checkpoints', query={'tree_size': tree_size, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_audit_events(*, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None, from_: str | None = None, to: str | None = None, organisation_id: UUID | str | None = None, agency: types.Agency | None = None, client_id: str | None = None, officer: str | None = None, event: types.Event | None = None, subject_type: str | None = None, case_id: UUID | str | None = None, purpose: types.PurposeOfUseCode | None = None) -> Request[Page[types.AuditEventOut]]:
    """Nhật ký kiểm tra · Audit events."""
    return Request('GET', '/v1/audit-events', query={'cursor': cursor, 'limit': limit, 'include_total': include_total, 'from': from_, 'to': to, 'organisation_id': organisation_id, 'agency': agency, 'client_id': client_id, 'officer': officer, 'event': event, 'subject_type': subject_type, 'case_id': case_id, 'purpose': purpose}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_break_glass(*, status: types.BreakGlassStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.BreakGlassItem]]:
    """Các lần mở khẩn cấp · Break-glass requests."""
    return Request('GET', '/v1/break-glass', query={'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_break_glass(body: types.BreakGlassIn) -> Request[types.BreakGlassState]:
    """Đề nghị mở khẩn cấp · Ask to break the glass."""
    return Request('POST', '/v1/break-glass', body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_break_glass_break_glass_id(break_glass_id: UUID | str) -> Request[types.BreakGlassOut]:
    """Đọc một lần mở khẩn cấp · Read a break-glass."""
    return Request('GET', f"/v1/break-glass/{part(break_glass_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_break_glass_break_glass_id_acknowledgements(break_glass_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.BreakGlassState]:
    """Nơi quản lý xác nhận đã biết · The holder acknowledges."""
    return Request('POST', f"/v1/break-glass/{part(break_glass_id)}/acknowledgements", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_break_glass_break_glass_id_approvals(break_glass_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.BreakGlassState]:
    """Duyệt mở khẩn cấp · Approve a break-glass."""
    return Request('POST', f"/v1/break-glass/{part(break_glass_id)}/approvals", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_break_glass_break_glass_id_endings(break_glass_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.BreakGlassState]:
    """Kết thúc sớm · End a break-glass early."""
    return Request('POST', f"/v1/break-glass/{part(break_glass_id)}/endings", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_break_glass_break_glass_id_reviews(break_glass_id: UUID | str, body: types.ReviewIn, *, etag: str) -> Request[types.BreakGlassState]:
    """Xem xét một lần mở khẩn cấp · Review a break-glass."""
    return Request('POST', f"/v1/break-glass/{part(break_glass_id)}/reviews", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_case_searches(body: types.SearchIn | None = None) -> Request[types.SearchOut]:
    """Tìm hồ sơ · Search for a case."""
    return Request('POST', '/v1/case-searches', body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_cases(*, status: types.CaseStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.CaseItem]]:
    """Danh sách hồ sơ của cơ quan · My organisation's cases."""
    return Request('GET', '/v1/cases', query={'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_cases_case_id(case_id: UUID | str) -> Request[types.CaseOut]:
    """Đọc hồ sơ · Read a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def patch_cases_case_id(case_id: UUID | str, body: types.CasePatch, *, etag: str) -> Request[types.CaseOut]:
    """Cập nhật các phần của hồ sơ · Change sections of a case."""
    return Request('PATCH', f"/v1/cases/{part(case_id)}", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_cases_case_id_accesses(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.AccessEntry]]:
    """Ai đã đọc hồ sơ · Who read a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/accesses", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_cases_case_id_applications(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ApplicationItem]]:
    """Các đơn của hồ sơ · Applications of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/applications", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_applications(case_id: UUID | str, body: types.ApplicationIn) -> Request[types.ApplicationState]:
    """Nộp đơn đề nghị hỗ trợ · Submit an application for support."""
    return Request('POST', f"/v1/cases/{part(case_id)}/applications", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_assessments(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.AssessmentItem]]:
    """Các đánh giá của hồ sơ · Assessments of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/assessments", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_assessments(case_id: UUID | str, body: types.AssessmentIn) -> Request[types.AssessmentItem]:
    """Ghi nhận đánh giá · Record an assessment."""
    return Request('POST', f"/v1/cases/{part(case_id)}/assessments", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_certificates(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.CertificateItem]]:
    """Giấy chứng nhận của hồ sơ · Certificates of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/certificates", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_certificates(case_id: UUID | str, body: types.CertificateIn) -> Request[types.CertificateOut]:
    """Cấp giấy chứng nhận · Issue a certificate."""
    return Request('POST', f"/v1/cases/{part(case_id)}/certificates", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def post_cases_case_id_closures(case_id: UUID | str, body: types.ClosureIn, *, etag: str) -> Request[types.CaseState]:
    """Đóng hồ sơ · Close a case."""
    return Request('POST', f"/v1/cases/{part(case_id)}/closures", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_cases_case_id_consents(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ConsentItem]]:
    """Các sự đồng ý của hồ sơ · Consents of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/consents", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_consents(case_id: UUID | str, body: types.ConsentIn) -> Request[types.ConsentOut]:
    """Ghi nhận sự đồng ý · Record a consent."""
    return Request('POST', f"/v1/cases/{part(case_id)}/consents", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_contact_requests(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ContactItem]]:
    """Đề nghị liên hệ về hồ sơ · Contact requests about a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/contact-requests", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_cases_case_id_corrections(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.CorrectionOut]]:
    """Các đính chính · Corrections of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/corrections", query={'cursor': cursor, 'limit': limit, 'include_total': include_total}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_cases_case_id_corrections(case_id: UUID | str, body: types.CasesCorrectionIn) -> Request[types.CorrectionItem]:
    """Đính chính · Correct a fact."""
    return Request('POST', f"/v1/cases/{part(case_id)}/corrections", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_disbursements(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.DisbursementItem]]:
    """Các khoản chi của hồ sơ · Disbursements of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/disbursements", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_disbursements(case_id: UUID | str, body: types.DisbursementIn) -> Request[types.DisbursementState]:
    """Lập khoản chi · Plan a disbursement."""
    return Request('POST', f"/v1/cases/{part(case_id)}/disbursements", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_disclosures(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.DisclosureEntry]]:
    """Đã cho ai xem những gì · What was shown to whom."""
    return Request('GET', f"/v1/cases/{part(case_id)}/disclosures", query={'cursor': cursor, 'limit': limit, 'include_total': include_total}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_cases_case_id_entitlements(case_id: UUID | str) -> Request[types.EntitlementsOut]:
    """Chế độ được hưởng · What the person is entitled to."""
    return Request('GET', f"/v1/cases/{part(case_id)}/entitlements", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_cases_case_id_exclusions(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ExclusionItem]]:
    """Ai không được xem hồ sơ · Who is excluded from a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/exclusions", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_exclusions(case_id: UUID | str, body: types.ExclusionIn) -> Request[types.ExclusionItem]:
    """Không cho xem hồ sơ · Exclude from a case."""
    return Request('POST', f"/v1/cases/{part(case_id)}/exclusions", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_feedback(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.FeedbackItem]]:
    """Các phản hồi của hồ sơ · Feedback given on a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/feedback", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_feedback(case_id: UUID | str, body: types.FeedbackIn) -> Request[types.FeedbackItem]:
    """Phản hồi cho bên báo tin · Tell who reported."""
    return Request('POST', f"/v1/cases/{part(case_id)}/feedback", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_forms_form_code(case_id: UUID | str, form_code: str, *, record_id: UUID | str | None = None) -> Request[bytes]:
    """In biểu mẫu · Print a form."""
    return Request('GET', f"/v1/cases/{part(case_id)}/forms/{part(form_code)}", query={'record_id': record_id}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_cases_case_id_guardians(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.GuardianItem]]:
    """Những người giám hộ · Guardians of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/guardians", query={'cursor': cursor, 'limit': limit, 'include_total': include_total}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_cases_case_id_guardians(case_id: UUID | str, body: types.GuardianIn) -> Request[types.GuardianItem]:
    """Ghi nhận người giám hộ · Record a guardian."""
    return Request('POST', f"/v1/cases/{part(case_id)}/guardians", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_handovers(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.HandoverItem]]:
    """Các bàn giao của hồ sơ · Hand-overs of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/handovers", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_handovers(case_id: UUID | str, body: types.HandoverIn | None = None) -> Request[types.HandoverState]:
    """Đề nghị bàn giao · Propose a hand-over."""
    return Request('POST', f"/v1/cases/{part(case_id)}/handovers", body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_incidents(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.IncidentItem]]:
    """Các sự cố của hồ sơ · Incidents of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/incidents", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_incidents(case_id: UUID | str, body: types.IncidentIn) -> Request[types.IncidentState]:
    """Báo sự cố an toàn · Report an incident."""
    return Request('POST', f"/v1/cases/{part(case_id)}/incidents", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_links(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.CaseLinkOut]]:
    """Người thân được liên kết · Persons linked with this one."""
    return Request('GET', f"/v1/cases/{part(case_id)}/links", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_links(case_id: UUID | str, body: types.LinkIn) -> Request[types.CaseLinkOut]:
    """Liên kết người thân · Link persons who belong together."""
    return Request('POST', f"/v1/cases/{part(case_id)}/links", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_notes(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.NoteOut]]:
    """Các ghi chú · Notes of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/notes", query={'cursor': cursor, 'limit': limit, 'include_total': include_total}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_cases_case_id_notes(case_id: UUID | str, body: types.NoteIn) -> Request[types.NoteOut]:
    """Ghi chú · Add a note."""
    return Request('POST', f"/v1/cases/{part(case_id)}/notes", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_notices(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.NoticeItem]]:
    """Các thông báo của hồ sơ · Notices of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/notices", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_notices(case_id: UUID | str, body: types.NoticeIn) -> Request[types.NoticeState]:
    """Gửi thông báo · Send a notice."""
    return Request('POST', f"/v1/cases/{part(case_id)}/notices", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_open_verifications(case_id: UUID | str) -> Request[types.OpenVerifications]:
    """Đang xác minh việc gì · What is being verified now."""
    return Request('GET', f"/v1/cases/{part(case_id)}/open-verifications")


def get_cases_case_id_overrides(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.OverrideItem]]:
    """Các quyết định thay cho sự đồng ý · Overrides of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/overrides", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_overrides(case_id: UUID | str, body: types.OverrideIn) -> Request[types.OverrideState]:
    """Đề nghị quyết định thay cho sự đồng ý · Ask for an override of consent."""
    return Request('POST', f"/v1/cases/{part(case_id)}/overrides", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_placements(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.PlacementItem]]:
    """Các lần lưu trú của hồ sơ · Placements of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/placements", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_placements(case_id: UUID | str, body: types.PlacementIn) -> Request[types.PlacementState]:
    """Bố trí lưu trú · Place in a shelter."""
    return Request('POST', f"/v1/cases/{part(case_id)}/placements", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_plans(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.PlanItem]]:
    """Các kế hoạch của hồ sơ · Plans of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/plans", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_plans(case_id: UUID | str, body: types.PlanIn) -> Request[types.PlanOut]:
    """Lập kế hoạch hỗ trợ · Make a plan."""
    return Request('POST', f"/v1/cases/{part(case_id)}/plans", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_protections(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ProtectionItem]]:
    """Biện pháp bảo vệ của hồ sơ · Protections of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/protections", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_protections(case_id: UUID | str, body: types.ProtectionIn) -> Request[types.ProtectionState]:
    """Ghi nhận biện pháp bảo vệ · Record protection measures."""
    return Request('POST', f"/v1/cases/{part(case_id)}/protections", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_referrals(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ReferralItem]]:
    """Các chuyển tuyến của hồ sơ · Referrals of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/referrals", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_reopenings(case_id: UUID | str, body: types.ReopeningIn, *, etag: str) -> Request[types.CaseState]:
    """Mở lại hồ sơ · Reopen a case."""
    return Request('POST', f"/v1/cases/{part(case_id)}/reopenings", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_cases_case_id_statements(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.StatementItem]]:
    """Các lời khai của hồ sơ · Statements of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/statements", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_statements(case_id: UUID | str, body: types.StatementIn) -> Request[types.StatementItem]:
    """Ghi lời khai · Take a statement."""
    return Request('POST', f"/v1/cases/{part(case_id)}/statements", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_supplements(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.SupplementOut]]:
    """Các bổ sung của hồ sơ · Supplements of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/supplements", query={'cursor': cursor, 'limit': limit, 'include_total': include_total}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_cases_case_id_support_items(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.SupportItemOut]]:
    """Hỗ trợ đã nhận của hồ sơ · Support given in a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/support-items", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_support_items(case_id: UUID | str, body: types.SupportItemIn) -> Request[types.SupportItemOut]:
    """Ghi nhận hỗ trợ · Record support."""
    return Request('POST', f"/v1/cases/{part(case_id)}/support-items", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_cases_case_id_timeline(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.TimelineEntry]]:
    """Diễn biến hồ sơ · Timeline of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/timeline", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_cases_case_id_verifications(case_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.VerificationItem]]:
    """Các xác minh của hồ sơ · Verifications of a case."""
    return Request('GET', f"/v1/cases/{part(case_id)}/verifications", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_cases_case_id_verifications(case_id: UUID | str, body: types.VerificationIn) -> Request[types.VerificationOut]:
    """Yêu cầu xác minh · Request a verification."""
    return Request('POST', f"/v1/cases/{part(case_id)}/verifications", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_certificates(*, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.CertificateItem]]:
    """Giấy cơ quan bạn đã cấp · Certificates you issued."""
    return Request('GET', '/v1/certificates', query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_certificates_certificate_id(certificate_id: UUID | str) -> Request[types.CertificateOut]:
    """Đọc giấy chứng nhận · Read a certificate."""
    return Request('GET', f"/v1/certificates/{part(certificate_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_certificates_certificate_id_corrections(certificate_id: UUID | str, body: types.CertificatesCorrectionIn, *, etag: str) -> Request[types.CertificateOut]:
    """Đính chính giấy chứng nhận · Correct a certificate."""
    return Request('POST', f"/v1/certificates/{part(certificate_id)}/corrections", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_certificates_certificate_id_reissues(certificate_id: UUID | str, body: types.ReissueIn, *, etag: str) -> Request[types.CertificateOut]:
    """Cấp lại giấy chứng nhận · Re-issue a certificate."""
    return Request('POST', f"/v1/certificates/{part(certificate_id)}/reissues", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def post_certificates_certificate_id_revocations(certificate_id: UUID | str, body: types.CertificatesRevocationIn, *, etag: str) -> Request[types.CertificateOut]:
    """Thu hồi giấy chứng nhận · Revoke a certificate."""
    return Request('POST', f"/v1/certificates/{part(certificate_id)}/revocations", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_code_lists(*, known_etag: str | None = None) -> Request[types.CodeListIndexOut]:
    """Danh mục mã · Code lists."""
    return Request('GET', '/v1/code-lists', headers={'If-None-Match': known_etag}, public=True)


def get_code_lists_name(name: str, *, on: str | None = None, known_etag: str | None = None) -> Request[types.CodeListOut]:
    """Một danh mục mã · One code list."""
    return Request('GET', f"/v1/code-lists/{part(name)}", query={'on': on}, headers={'If-None-Match': known_etag}, public=True)


def get_consents_consent_id(consent_id: UUID | str) -> Request[types.ConsentOut]:
    """Đọc một sự đồng ý · Read a consent."""
    return Request('GET', f"/v1/consents/{part(consent_id)}")


def post_consents_consent_id_revocations(consent_id: UUID | str, body: types.CasesRevocationIn | None = None) -> Request[types.ConsentOut]:
    """Rút lại sự đồng ý · Withdraw a consent."""
    return Request('POST', f"/v1/consents/{part(consent_id)}/revocations", body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_contact_requests(*, box: Literal['inbox', 'outbox'] | None = None, status: types.SearchesStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ContactItem]]:
    """Đề nghị liên hệ đến và đi · Contact requests to and from me."""
    return Request('GET', '/v1/contact-requests', query={'box': box, 'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_contact_requests(body: types.ContactIn) -> Request[types.ContactItem]:
    """Đề nghị liên hệ · Ask for contact."""
    return Request('POST', '/v1/contact-requests', body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_contact_requests_request_id(request_id: UUID | str) -> Request[types.ContactOut]:
    """Đọc một đề nghị liên hệ · Read a contact request."""
    return Request('GET', f"/v1/contact-requests/{part(request_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_contact_requests_request_id_answers(request_id: UUID | str, body: types.ContactAnswerIn, *, etag: str) -> Request[types.ContactItem]:
    """Trả lời đề nghị liên hệ · Answer a contact request."""
    return Request('POST', f"/v1/contact-requests/{part(request_id)}/answers", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_corrections_correction_id(correction_id: UUID | str) -> Request[types.CorrectionOut]:
    """Đọc một đính chính · Read a correction."""
    return Request('GET', f"/v1/corrections/{part(correction_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_deliveries_delivery_id(delivery_id: UUID | str) -> Request[types.DeliveryOut]:
    """Một lần gửi · One delivery."""
    return Request('GET', f"/v1/deliveries/{part(delivery_id)}")


def post_deliveries_delivery_id_replays(delivery_id: UUID | str, body: types.Nothing | None = None) -> Request[types.DeliveryOut]:
    """Gửi lại một sự kiện · Replay one event."""
    return Request('POST', f"/v1/deliveries/{part(delivery_id)}/replays", body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_disbursements_disbursement_id(disbursement_id: UUID | str) -> Request[types.DisbursementOut]:
    """Đọc khoản chi · Read a disbursement."""
    return Request('GET', f"/v1/disbursements/{part(disbursement_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_disbursements_disbursement_id_cancellations(disbursement_id: UUID | str, body: types.CancellationIn, *, etag: str) -> Request[types.DisbursementState]:
    """Hủy khoản chi · Cancel a disbursement."""
    return Request('POST', f"/v1/disbursements/{part(disbursement_id)}/cancellations", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_disbursements_disbursement_id_payments(disbursement_id: UUID | str, body: types.PaymentIn, *, etag: str) -> Request[types.DisbursementState]:
    """Ghi nhận đã chi · Record the payment."""
    return Request('POST', f"/v1/disbursements/{part(disbursement_id)}/payments", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_events(*, after: str | None = None, types: str | None = None, limit: int | None = None) -> Request[types.FeedOut]:
    """Dòng sự kiện · The change feed."""
    return Request('GET', '/v1/events', query={'after': after, 'types': types, 'limit': limit})


def get_events_stream(*, after: str | None = None, types: str | None = None, last_event_id: str | None = None) -> Request[str]:
    """Dòng sự kiện liên tục (SSE) · The change feed as a stream (SSE)."""
    return Request('GET', '/v1/events/stream', query={'after': after, 'types': types}, headers={'Last-Event-Id': last_event_id})


def get_evidence_evidence_id(evidence_id: UUID | str) -> Request[types.EvidenceOut]:
    """Đọc một tài liệu, chứng cứ · Read a piece of evidence."""
    return Request('GET', f"/v1/evidence/{part(evidence_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_exclusions_exclusion_id(exclusion_id: UUID | str) -> Request[types.ExclusionOut]:
    """Đọc một lần không cho xem · Read an exclusion."""
    return Request('GET', f"/v1/exclusions/{part(exclusion_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_exclusions_exclusion_id_liftings(exclusion_id: UUID | str, body: types.LiftingIn | None = None, *, etag: str) -> Request[types.ExclusionItem]:
    """Cho xem lại hồ sơ · Lift an exclusion."""
    return Request('POST', f"/v1/exclusions/{part(exclusion_id)}/liftings", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_feedback_feedback_id(feedback_id: UUID | str) -> Request[types.FeedbackOut]:
    """Đọc một phản hồi · Read feedback."""
    return Request('GET', f"/v1/feedback/{part(feedback_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_fine_reviews_fine_review_id(fine_review_id: UUID | str) -> Request[types.FineReviewOut]:
    """Đọc một rà soát xử phạt · Read a review of penalties."""
    return Request('GET', f"/v1/fine-reviews/{part(fine_review_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_follow_ups_follow_up_id(follow_up_id: UUID | str) -> Request[types.FollowUpOut]:
    """Đọc một lần theo dõi · Read a follow-up."""
    return Request('GET', f"/v1/follow-ups/{part(follow_up_id)}")


def get_guardians_guardian_id(guardian_id: UUID | str) -> Request[types.GuardianOut]:
    """Đọc một người giám hộ · Read a guardian."""
    return Request('GET', f"/v1/guardians/{part(guardian_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def patch_guardians_guardian_id(guardian_id: UUID | str, body: types.GuardianPatch | None = None, *, etag: str) -> Request[types.GuardianItem]:
    """Sửa người giám hộ · Change a guardian."""
    return Request('PATCH', f"/v1/guardians/{part(guardian_id)}", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer'}))


def get_handovers(*, box: Literal['inbox', 'outbox'] | None = None, status: types.HandoverStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.HandoverItem]]:
    """Bàn giao đến và đi · Hand-overs to and from me."""
    return Request('GET', '/v1/handovers', query={'box': box, 'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_handovers_handover_id(handover_id: UUID | str) -> Request[types.HandoverOut]:
    """Đọc một bàn giao · Read a hand-over."""
    return Request('GET', f"/v1/handovers/{part(handover_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_handovers_handover_id_cancellations(handover_id: UUID | str, body: types.CancellationIn, *, etag: str) -> Request[types.HandoverState]:
    """Hủy đề nghị bàn giao · Cancel a proposed hand-over."""
    return Request('POST', f"/v1/handovers/{part(handover_id)}/cancellations", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_handovers_handover_id_confirmations(handover_id: UUID | str, body: types.Confirmation | None = None, *, etag: str) -> Request[types.HandoverState]:
    """Xác nhận đã nhận · Confirm receipt."""
    return Request('POST', f"/v1/handovers/{part(handover_id)}/confirmations", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_handovers_handover_id_refusals(handover_id: UUID | str, body: types.HandoverRefusalIn, *, etag: str) -> Request[types.HandoverState]:
    """Từ chối nhận · Refuse receipt."""
    return Request('POST', f"/v1/handovers/{part(handover_id)}/refusals", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_incidents(*, box: Literal['inbox', 'outbox'] | None = None, status: types.IncidentStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.IncidentItem]]:
    """Sự cố được báo và đã báo · Incidents told to me and by me."""
    return Request('GET', '/v1/incidents', query={'box': box, 'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_incidents_incident_id(incident_id: UUID | str) -> Request[types.IncidentOut]:
    """Đọc một sự cố · Read an incident."""
    return Request('GET', f"/v1/incidents/{part(incident_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_incidents_incident_id_acknowledgements(incident_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.IncidentState]:
    """Xác nhận đã nhận tin sự cố · Acknowledge an incident."""
    return Request('POST', f"/v1/incidents/{part(incident_id)}/acknowledgements", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_incidents_incident_id_resolutions(incident_id: UUID | str, body: types.ResolutionIn, *, etag: str) -> Request[types.IncidentState]:
    """Kết thúc xử lý sự cố · Resolve an incident."""
    return Request('POST', f"/v1/incidents/{part(incident_id)}/resolutions", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_intake_batches(body: str) -> Request[types.BatchOut | types.OperationOut]:
    """Gửi nhiều bản ghi · Submit many intakes."""
    return Request('POST', '/v1/intake-batches', body=body, media='application/jsonl', asks=frozenset({'Acting-Officer'}), statuses=frozenset({200, 202, 207}))


def get_intakes(*, status: Literal['received', 'verifying', 'confirmed', 'not_victim', 'closed'] | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.IntakeItem]]:
    """Các bản ghi của cơ quan · My organisation's intakes."""
    return Request('GET', '/v1/intakes', query={'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_intakes(body: types.IntakeIn) -> Request[types.IntakeOut]:
    """Gửi bản ghi tiếp nhận, mã do dịch vụ cấp · Submit an intake, id made here."""
    return Request('POST', '/v1/intakes', body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_intakes_intake_id(intake_id: UUID | str) -> Request[types.IntakeFull]:
    """Đọc một bản ghi · Read an intake."""
    return Request('GET', f"/v1/intakes/{part(intake_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def put_intakes_intake_id(intake_id: UUID | str, body: types.IntakeIn) -> Request[types.IntakeOut]:
    """Gửi bản ghi tiếp nhận · Submit an intake."""
    return Request('PUT', f"/v1/intakes/{part(intake_id)}", body=body, asks=frozenset({'Acting-Officer'}), statuses=frozenset({201}))


def get_intakes_intake_id_feedback(intake_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.FeedbackOut]]:
    """Phản hồi về tin đã báo · What became of my report."""
    return Request('GET', f"/v1/intakes/{part(intake_id)}/feedback", query={'cursor': cursor, 'limit': limit, 'include_total': include_total}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_intakes_intake_id_receipt(intake_id: UUID | str) -> Request[types.ReceiptOut]:
    """Biên nhận có chữ ký · Signed receipt."""
    return Request('GET', f"/v1/intakes/{part(intake_id)}/receipt")


def get_intakes_intake_id_reporter(intake_id: UUID | str) -> Request[types.ReporterOut]:
    """Người báo tin · Who reported."""
    return Request('GET', f"/v1/intakes/{part(intake_id)}/reporter", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_intakes_intake_id_supplements(intake_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.SupplementOut]]:
    """Các bổ sung của bản ghi · Supplements of an intake."""
    return Request('GET', f"/v1/intakes/{part(intake_id)}/supplements", query={'cursor': cursor, 'limit': limit, 'include_total': include_total}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_intakes_intake_id_supplements_supplement_id(intake_id: UUID | str, supplement_id: UUID | str) -> Request[types.SupplementOut]:
    """Đọc một bổ sung · Read a supplement."""
    return Request('GET', f"/v1/intakes/{part(intake_id)}/supplements/{part(supplement_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def put_intakes_intake_id_supplements_supplement_id(intake_id: UUID | str, supplement_id: UUID | str, body: types.SupplementIn) -> Request[types.SupplementOut]:
    """Bổ sung, đính chính, rút lại · Supplement an intake."""
    return Request('PUT', f"/v1/intakes/{part(intake_id)}/supplements/{part(supplement_id)}", body=body, asks=frozenset({'Acting-Officer'}), statuses=frozenset({201}))


def get_me() -> Request[types.MeOut]:
    """Tôi là ai · Who am I."""
    return Request('GET', '/v1/me')


def get_notes_note_id(note_id: UUID | str) -> Request[types.NoteOut]:
    """Đọc một ghi chú · Read a note."""
    return Request('GET', f"/v1/notes/{part(note_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_notices(*, box: Literal['inbox', 'outbox'] | None = None, status: types.NoticesStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.NoticeItem]]:
    """Thông báo đến và đi · Notices to and from me."""
    return Request('GET', '/v1/notices', query={'box': box, 'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_notices_notice_id(notice_id: UUID | str) -> Request[types.NoticeOut]:
    """Đọc một thông báo · Read a notice."""
    return Request('GET', f"/v1/notices/{part(notice_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_notices_notice_id_acknowledgements(notice_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.NoticeState]:
    """Xác nhận đã biết · Acknowledge a notice."""
    return Request('POST', f"/v1/notices/{part(notice_id)}/acknowledgements", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_operations_operation_id(operation_id: UUID | str) -> Request[types.OperationOut]:
    """Tiến độ và kết quả · Progress and results of an operation."""
    return Request('GET', f"/v1/operations/{part(operation_id)}")


def get_organisations(*, agency: types.Agency | None = None, province_code: types.ProvinceCode | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.OrganisationOut]]:
    """Danh bạ cơ quan · Organisations."""
    return Request('GET', '/v1/organisations', query={'agency': agency, 'province_code': province_code, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_organisations_organisation_id(organisation_id: UUID | str, *, on: str | None = None) -> Request[types.OrganisationOut]:
    """Một cơ quan · One organisation."""
    return Request('GET', f"/v1/organisations/{part(organisation_id)}", query={'on': on})


def get_overrides_override_id(override_id: UUID | str) -> Request[types.OverrideOut]:
    """Đọc một quyết định thay cho sự đồng ý · Read an override."""
    return Request('GET', f"/v1/overrides/{part(override_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_overrides_override_id_approvals(override_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.OverrideState]:
    """Phê duyệt quyết định thay cho sự đồng ý · Approve an override."""
    return Request('POST', f"/v1/overrides/{part(override_id)}/approvals", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_overrides_override_id_withdrawals(override_id: UUID | str, body: types.CasesRevocationIn | None = None) -> Request[types.OverrideState]:
    """Rút quyết định thay cho sự đồng ý · Withdraw an override."""
    return Request('POST', f"/v1/overrides/{part(override_id)}/withdrawals", body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_placements(*, status: types.PlacementStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.PlacementItem]]:
    """Người đang lưu trú ở cơ sở · Placements of my facility."""
    return Request('GET', '/v1/placements', query={'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_placements_placement_id(placement_id: UUID | str) -> Request[types.PlacementOut]:
    """Đọc một lần lưu trú · Read a placement."""
    return Request('GET', f"/v1/placements/{part(placement_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_placements_placement_id_ends(placement_id: UUID | str, body: types.PlacementEndIn, *, etag: str) -> Request[types.PlacementState]:
    """Kết thúc lưu trú · End a placement."""
    return Request('POST', f"/v1/placements/{part(placement_id)}/ends", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_placements_placement_id_extensions(placement_id: UUID | str, body: types.ExtensionIn, *, etag: str) -> Request[types.PlacementState]:
    """Gia hạn lưu trú · Extend a placement."""
    return Request('POST', f"/v1/placements/{part(placement_id)}/extensions", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_plans_plan_id(plan_id: UUID | str) -> Request[types.PlanOut]:
    """Đọc kế hoạch · Read a plan."""
    return Request('GET', f"/v1/plans/{part(plan_id)}")


def patch_plans_plan_id(plan_id: UUID | str, body: types.PlanPatch | None = None, *, etag: str) -> Request[types.PlanOut]:
    """Sửa kế hoạch · Change a plan."""
    return Request('PATCH', f"/v1/plans/{part(plan_id)}", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer'}))


def get_plans_plan_id_follow_ups(plan_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.FollowUpItem]]:
    """Theo dõi theo kế hoạch · Follow-ups under a plan."""
    return Request('GET', f"/v1/plans/{part(plan_id)}/follow-ups", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_plans_plan_id_follow_ups(plan_id: UUID | str, body: types.FollowUpIn) -> Request[types.FollowUpOut]:
    """Ghi nhận theo dõi sau hỗ trợ · Record a follow-up."""
    return Request('POST', f"/v1/plans/{part(plan_id)}/follow-ups", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_plans_plan_id_support_items(plan_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.SupportItemOut]]:
    """Hỗ trợ theo kế hoạch · Support under a plan."""
    return Request('GET', f"/v1/plans/{part(plan_id)}/support-items", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_plans_plan_id_support_items(plan_id: UUID | str, body: types.SupportItemIn) -> Request[types.SupportItemOut]:
    """Ghi nhận hỗ trợ theo kế hoạch · Record support under a plan."""
    return Request('POST', f"/v1/plans/{part(plan_id)}/support-items", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_protections_protection_id(protection_id: UUID | str) -> Request[types.ProtectionOut]:
    """Đọc một biện pháp bảo vệ · Read a protection."""
    return Request('GET', f"/v1/protections/{part(protection_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def post_protections_protection_id_changes(protection_id: UUID | str, body: types.ProtectionChangeIn, *, etag: str) -> Request[types.ProtectionState]:
    """Thay đổi biện pháp bảo vệ · Change a protection."""
    return Request('POST', f"/v1/protections/{part(protection_id)}/changes", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_protections_protection_id_ends(protection_id: UUID | str, body: types.ProtectionEndIn, *, etag: str) -> Request[types.ProtectionState]:
    """Chấm dứt bảo vệ · End a protection."""
    return Request('POST', f"/v1/protections/{part(protection_id)}/ends", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_reception_handovers(*, box: Literal['inbox', 'outbox'] | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ReceptionHandoverOut]]:
    """Người được đưa về tỉnh · People handed over from receptions."""
    return Request('GET', '/v1/reception-handovers', query={'box': box, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_reception_handovers_reception_handover_id(reception_handover_id: UUID | str) -> Request[types.ReceptionHandoverOut]:
    """Đọc một lượt đưa về tỉnh · Read one of them."""
    return Request('GET', f"/v1/reception-handovers/{part(reception_handover_id)}")


def get_receptions(*, status: types.ReceptionStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ReceptionItem]]:
    """Các đợt tiếp nhận của cơ quan · My organisation's receptions."""
    return Request('GET', '/v1/receptions', query={'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_receptions(body: types.ReceptionIn) -> Request[types.ReceptionOut]:
    """Mở đợt tiếp nhận · Open a reception."""
    return Request('POST', '/v1/receptions', body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_receptions_reception_id(reception_id: UUID | str) -> Request[types.ReceptionOut]:
    """Tiến độ một đợt tiếp nhận · Progress of a reception."""
    return Request('GET', f"/v1/receptions/{part(reception_id)}")


def post_receptions_reception_id_closures(reception_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.ReceptionOut]:
    """Kết thúc đợt tiếp nhận · Close a reception."""
    return Request('POST', f"/v1/receptions/{part(reception_id)}/closures", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_receptions_reception_id_handovers(reception_id: UUID | str, body: types.HandoversIn) -> Request[types.ReceptionOut]:
    """Bàn giao về các tỉnh quê · Hand over to the home provinces."""
    return Request('POST', f"/v1/receptions/{part(reception_id)}/handovers", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_receptions_reception_id_lines(reception_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ReceptionsLineOut]]:
    """Danh sách điểm danh · The list to tick off."""
    return Request('GET', f"/v1/receptions/{part(reception_id)}/lines", query={'cursor': cursor, 'limit': limit, 'include_total': include_total}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_receptions_reception_id_lines_line_id(reception_id: UUID | str, line_id: UUID | str) -> Request[types.ReceptionsLineOut]:
    """Đọc một người trong danh sách · Read one line."""
    return Request('GET', f"/v1/receptions/{part(reception_id)}/lines/{part(line_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def put_receptions_reception_id_lines_line_id(reception_id: UUID | str, line_id: UUID | str, body: types.LineIn) -> Request[types.LineState]:
    """Điểm danh, sàng lọc một người · Tick off and screen one person."""
    return Request('PUT', f"/v1/receptions/{part(reception_id)}/lines/{part(line_id)}", body=body, asks=frozenset({'Acting-Officer'}), statuses=frozenset({201}))


def post_receptions_reception_id_manifests(reception_id: UUID | str, body: bytes, *, media: Literal['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'text/csv']) -> Request[types.ManifestOut]:
    """Nhập danh sách · Import a list."""
    return Request('POST', f"/v1/receptions/{part(reception_id)}/manifests", body=body, media=media, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_receptions_reception_id_manifests_manifest_id(reception_id: UUID | str, manifest_id: UUID | str) -> Request[types.ManifestOut]:
    """Kết quả nhập một danh sách · What became of a list."""
    return Request('GET', f"/v1/receptions/{part(reception_id)}/manifests/{part(manifest_id)}")


def get_referrals(*, box: Literal['inbox', 'outbox', 'claimable'] | None = None, status: types.ReferralsStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ReferralItem]]:
    """Chuyển tuyến đến, đi, chờ nhận · Referrals to me, from me, claimable."""
    return Request('GET', '/v1/referrals', query={'box': box, 'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_referrals(body: types.ReferralIn) -> Request[types.ReferralOut]:
    """Gửi chuyển tuyến · Send a referral."""
    return Request('POST', '/v1/referrals', body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_referrals_referral_id(referral_id: UUID | str) -> Request[types.ReferralOut]:
    """Đọc một chuyển tuyến · Read a referral."""
    return Request('GET', f"/v1/referrals/{part(referral_id)}")


def post_referrals_referral_id_acceptances(referral_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.ReferralOut]:
    """Tiếp nhận · Accept."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/acceptances", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_referrals_referral_id_acknowledgements(referral_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.ReferralOut]:
    """Báo đã nhận được · Acknowledge."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/acknowledgements", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_referrals_referral_id_answers(referral_id: UUID | str, body: types.TextIn, *, etag: str) -> Request[types.ReferralOut]:
    """Trả lời · Answer."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/answers", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_referrals_referral_id_claims(referral_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.ReferralOut]:
    """Xin nhận · Claim a referral."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/claims", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_referrals_referral_id_completions(referral_id: UUID | str, body: types.CompletionIn, *, etag: str) -> Request[types.ReferralOut]:
    """Kết thúc hỗ trợ · Complete."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/completions", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_referrals_referral_id_confirmations(referral_id: UUID | str, body: types.Basis | None = None, *, etag: str) -> Request[types.ReferralOut]:
    """Xác nhận bên xin nhận · Confirm a claimant."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/confirmations", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_referrals_referral_id_declines(referral_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.ReferralOut]:
    """Không chọn bên xin nhận · Decline a claimant."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/declines", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_referrals_referral_id_information_requests(referral_id: UUID | str, body: types.TextIn, *, etag: str) -> Request[types.ReferralOut]:
    """Hỏi thêm thông tin · Ask for information."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/information-requests", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_referrals_referral_id_refusals(referral_id: UUID | str, body: types.ReferralsRefusalIn, *, etag: str) -> Request[types.ReferralOut]:
    """Từ chối bằng văn bản · Refuse in writing."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/refusals", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_referrals_referral_id_starts(referral_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.ReferralOut]:
    """Bắt đầu hỗ trợ · Start the service."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/starts", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_referrals_referral_id_status(referral_id: UUID | str, *, known_etag: str | None = None) -> Request[types.ReferralStatus]:
    """Theo dõi trạng thái · Follow the status."""
    return Request('GET', f"/v1/referrals/{part(referral_id)}/status", headers={'If-None-Match': known_etag})


def post_referrals_referral_id_withdrawals(referral_id: UUID | str, body: types.ReferralsWithdrawalIn, *, etag: str) -> Request[types.ReferralOut]:
    """Rút chuyển tuyến · Withdraw."""
    return Request('POST', f"/v1/referrals/{part(referral_id)}/withdrawals", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_returns(*, box: Literal['inbox', 'outbox'] | None = None, status: types.ReturnsStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ReturnItem]]:
    """Các chuyến trở về · Returns to my gate, or announced by me."""
    return Request('GET', '/v1/returns', query={'box': box, 'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_returns(body: types.ReturnIn) -> Request[types.ReturnOut]:
    """Thông báo chuyến trở về · Announce a return."""
    return Request('POST', '/v1/returns', body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def post_returns_unannounced(body: types.UnannouncedIn) -> Request[types.ReturnOut]:
    """Mở chuyến trở về không báo trước · Open a return of which there was no notice."""
    return Request('POST', '/v1/returns/unannounced', body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_returns_return_id(return_id: UUID | str) -> Request[types.ReturnOut]:
    """Đọc một chuyến trở về · Read a return."""
    return Request('GET', f"/v1/returns/{part(return_id)}")


def patch_returns_return_id(return_id: UUID | str, body: types.ReturnPatch | None = None, *, etag: str) -> Request[types.ReturnOut]:
    """Sửa chuyến trở về · Change a return."""
    return Request('PATCH', f"/v1/returns/{part(return_id)}", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer'}))


def post_returns_return_id_arrivals(return_id: UUID | str, body: types.ArrivalsIn, *, etag: str) -> Request[types.ReturnOut]:
    """Ghi kết quả đón từng người · Record who arrived."""
    return Request('POST', f"/v1/returns/{part(return_id)}/arrivals", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_returns_return_id_cancellations(return_id: UUID | str, body: types.CancellationIn, *, etag: str) -> Request[types.ReturnOut]:
    """Hủy chuyến trở về · Cancel a return."""
    return Request('POST', f"/v1/returns/{part(return_id)}/cancellations", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_returns_return_id_persons(return_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ReturnPersonOut]]:
    """Người trong chuyến trở về · The persons of a return."""
    return Request('GET', f"/v1/returns/{part(return_id)}/persons", query={'cursor': cursor, 'limit': limit, 'include_total': include_total}, asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_services(*, service: types.ServiceCode | None = None, organisation_id: UUID | str | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.ServiceOut]]:
    """Các dịch vụ · Services offered."""
    return Request('GET', '/v1/services', query={'service': service, 'organisation_id': organisation_id, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_services_service_id(service_id: UUID | str) -> Request[types.ServiceOut]:
    """Một dịch vụ · One service."""
    return Request('GET', f"/v1/services/{part(service_id)}")


def put_services_service_id_capacity(service_id: UUID | str, body: types.CapacityIn, *, etag: str) -> Request[types.ServiceOut]:
    """Cập nhật số chỗ · State free places."""
    return Request('PUT', f"/v1/services/{part(service_id)}/capacity", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer'}))


def get_statements_statement_id(statement_id: UUID | str) -> Request[types.StatementOut]:
    """Đọc một lời khai · Read a statement."""
    return Request('GET', f"/v1/statements/{part(statement_id)}", asks=frozenset({'Acting-Officer', 'Purpose-Of-Use'}))


def get_support_items_support_item_id(support_item_id: UUID | str) -> Request[types.SupportItemOut]:
    """Đọc một khoản hỗ trợ · Read a support item."""
    return Request('GET', f"/v1/support-items/{part(support_item_id)}")


def get_verifications(*, box: Literal['inbox', 'outbox'] | None = None, status: types.VerificationsStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.VerificationItem]]:
    """Xác minh đến và đi · Verifications to and from me."""
    return Request('GET', '/v1/verifications', query={'box': box, 'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def get_verifications_verification_id(verification_id: UUID | str) -> Request[types.VerificationOut]:
    """Đọc một xác minh · Read a verification."""
    return Request('GET', f"/v1/verifications/{part(verification_id)}")


def post_verifications_verification_id_answers(verification_id: UUID | str, body: types.TextIn, *, etag: str) -> Request[types.VerificationOut]:
    """Trả lời yêu cầu bổ sung · Answer the verifier."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/answers", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_verifications_verification_id_assistances(verification_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.AssistanceItem]]:
    """Các đề nghị phối hợp của xác minh · Assistance asked for in a verification."""
    return Request('GET', f"/v1/verifications/{part(verification_id)}/assistances", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_verifications_verification_id_assistances(verification_id: UUID | str, body: types.AssistanceIn) -> Request[types.AssistanceItem]:
    """Đề nghị địa phương khác phối hợp · Ask another province for assistance."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/assistances", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def post_verifications_verification_id_conclusions(verification_id: UUID | str, body: types.ConclusionIn, *, etag: str) -> Request[types.VerificationOut]:
    """Kết luận xác minh · Conclude a verification."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/conclusions", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_verifications_verification_id_evidence(verification_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.EvidenceItem]]:
    """Tài liệu, chứng cứ của xác minh · Evidence of a verification."""
    return Request('GET', f"/v1/verifications/{part(verification_id)}/evidence", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_verifications_verification_id_evidence(verification_id: UUID | str, body: types.EvidenceIn) -> Request[types.EvidenceItem]:
    """Cung cấp tài liệu, chứng cứ · Give evidence."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/evidence", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def post_verifications_verification_id_extensions(verification_id: UUID | str, body: types.Reason, *, etag: str) -> Request[types.VerificationOut]:
    """Gia hạn xác minh · Extend a verification."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/extensions", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_verifications_verification_id_fine_reviews(verification_id: UUID | str, *, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.FineReviewItem]]:
    """Rà soát xử phạt · Reviews of penalties."""
    return Request('GET', f"/v1/verifications/{part(verification_id)}/fine-reviews", query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_verifications_verification_id_fine_reviews(verification_id: UUID | str, body: types.FineReviewIn) -> Request[types.FineReviewOut]:
    """Ghi kết quả rà soát xử phạt · Record a review of penalties."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/fine-reviews", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def post_verifications_verification_id_forwardings(verification_id: UUID | str, body: types.ForwardingIn, *, etag: str) -> Request[types.VerificationOut]:
    """Chuyển cơ quan khác xác minh · Forward to another body."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/forwardings", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_verifications_verification_id_information_requests(verification_id: UUID | str, body: types.TextIn, *, etag: str) -> Request[types.VerificationOut]:
    """Yêu cầu bổ sung thông tin · Ask for more information."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/information-requests", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_verifications_verification_id_paper_replies(verification_id: UUID | str, body: types.PaperReplyIn, *, etag: str) -> Request[types.VerificationOut]:
    """Ghi công văn trả lời xác minh · Record a reply on paper."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/paper-replies", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_verifications_verification_id_reconsiderations(verification_id: UUID | str, body: types.Reason, *, etag: str) -> Request[types.VerificationOut]:
    """Đề nghị xem xét lại · Ask to reconsider."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/reconsiderations", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_verifications_verification_id_refusals(verification_id: UUID | str, body: types.VerificationsRefusalIn, *, etag: str) -> Request[types.VerificationOut]:
    """Từ chối xác minh · Refuse a verification."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/refusals", headers={'If-Match': etag}, body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_verifications_verification_id_starts(verification_id: UUID | str, body: types.Nothing | None = None, *, etag: str) -> Request[types.VerificationOut]:
    """Bắt đầu xác minh · Start a verification."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/starts", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_verifications_verification_id_status(verification_id: UUID | str) -> Request[types.VerificationStatus]:
    """Trạng thái xác minh · Status of a verification."""
    return Request('GET', f"/v1/verifications/{part(verification_id)}/status")


def post_verifications_verification_id_withdrawals(verification_id: UUID | str, body: types.VerificationsWithdrawalIn | None = None, *, etag: str) -> Request[types.VerificationOut]:
    """Rút yêu cầu xác minh · Withdraw a request."""
    return Request('POST', f"/v1/verifications/{part(verification_id)}/withdrawals", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def get_webhook_endpoints(*, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.EndpointOut]]:
    """Các nơi nhận webhook · Webhook endpoints."""
    return Request('GET', '/v1/webhook-endpoints', query={'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_webhook_endpoints(body: types.EndpointIn) -> Request[types.EndpointSecretOut]:
    """Đăng ký nơi nhận webhook · Create a webhook endpoint."""
    return Request('POST', '/v1/webhook-endpoints', body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_webhook_endpoints_endpoint_id(endpoint_id: UUID | str) -> Request[types.EndpointOut]:
    """Một nơi nhận webhook · One webhook endpoint."""
    return Request('GET', f"/v1/webhook-endpoints/{part(endpoint_id)}")


def patch_webhook_endpoints_endpoint_id(endpoint_id: UUID | str, body: types.EndpointPatch | None = None, *, etag: str) -> Request[types.EndpointOut]:
    """Sửa, tắt hoặc bật nơi nhận · Change, disable or enable an endpoint."""
    return Request('PATCH', f"/v1/webhook-endpoints/{part(endpoint_id)}", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer'}))


def get_webhook_endpoints_endpoint_id_deliveries(endpoint_id: UUID | str, *, status: types.DeliveryStatus | None = None, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None) -> Request[Page[types.DeliveryOut]]:
    """Nhật ký gửi · What was sent."""
    return Request('GET', f"/v1/webhook-endpoints/{part(endpoint_id)}/deliveries", query={'status': status, 'cursor': cursor, 'limit': limit, 'include_total': include_total})


def post_webhook_endpoints_endpoint_id_key_rotations(endpoint_id: UUID | str, body: types.RotationIn | None = None, *, etag: str) -> Request[types.EndpointSecretOut]:
    """Thay khóa ký · Rotate the signing key."""
    return Request('POST', f"/v1/webhook-endpoints/{part(endpoint_id)}/key-rotations", headers={'If-Match': etag}, body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_webhook_endpoints_endpoint_id_replays(endpoint_id: UUID | str, body: types.RangeIn) -> Request[types.ReplayOut]:
    """Gửi lại một khoảng thời gian · Replay a range."""
    return Request('POST', f"/v1/webhook-endpoints/{part(endpoint_id)}/replays", body=body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}))


def post_webhook_endpoints_endpoint_id_tests(endpoint_id: UUID | str, body: types.Nothing | None = None) -> Request[types.DeliveryOut]:
    """Gửi thử · Send a test."""
    return Request('POST', f"/v1/webhook-endpoints/{part(endpoint_id)}/tests", body={} if body is None else body, asks=frozenset({'Acting-Officer', 'Idempotency-Key'}), statuses=frozenset({201}))


def get_worklist(*, cursor: str | None = None, limit: int | None = None, include_total: bool | None = None, kind: Literal['verification', 'handover', 'referral', 'case', 'plan', 'return', 'notice', 'placement', 'incident', 'application', 'break_glass', 'escalation'] | None = None, overdue: bool | None = None, province_code: types.ProvinceCode | None = None, view: Literal['own', 'supervised'] | None = None) -> Request[Page[types.WorkItem]]:
    """Việc đang chờ cơ quan tôi · What waits for my organisation."""
    return Request('GET', '/v1/worklist', query={'cursor': cursor, 'limit': limit, 'include_total': include_total, 'kind': kind, 'overdue': overdue, 'province_code': province_code, 'view': view})


def get_worklist_counts() -> Request[dict[str, int]]:
    """Số việc đang chờ theo loại · Waiting items by kind."""
    return Request('GET', '/v1/worklist/counts')

