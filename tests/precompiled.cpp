// SPDX-License-Identifier: Apache-2.0

// Empty: it exists for its precompiled header, which the test programs share.
