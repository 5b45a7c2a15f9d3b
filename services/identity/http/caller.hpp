#pragma once

#include "identity/service.hpp"
#include "identity/sessions.hpp"
#include "web/request.hpp"

namespace identity {

Origin origin_of(const Service& service, const web::Request& request);

/// The caller, by the session in the database: a revoked session is refused at once, though its
/// access token lives on for some minutes. Counts as use of the session.
SignedIn signed_in(const Service& service, const web::Request& request, const Origin& origin);

}  // namespace identity
