#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our signatures with those of the cloud vendor's own client, and checks that this client works with our fake of the
cloud, which the tests of our client use.

Usage: it_registry_sdk.py FAKE_TCR. Runs with $TCR_TENCENT_SDK, a Python with the SDK (scripts/lib/tencent_sdk.sh); without it
the test is skipped.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

SKIPPED = 77

if __name__ == "__main__" and "TCR_SDK_RUNS" not in os.environ:
    python = os.environ.get("TCR_TENCENT_SDK")
    if not python or not os.path.exists(python):
        print("skipped: TCR_TENCENT_SDK names no Python with the Tencent Cloud SDK; scripts/test installs it")
        sys.exit(SKIPPED)
    os.environ["TCR_SDK_RUNS"] = "1"
    os.execv(python, [python] + sys.argv)

from tencentcloud.common import abstract_client
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.http.request import RequestInternal
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sts.v20180813 import models as sts_models
from tencentcloud.sts.v20180813 import sts_client
from tencentcloud.tcr.v20190924 import models, tcr_client

FAKE_TCR = sys.argv.pop(1)
INSTANCE = "tcr-dg284imq"
REGION = "ap-guangzhou"


def profile(endpoint):
    """Returns the profile of a client for the fake: plain HTTP, signatures of TC3, no retries."""
    http = HttpProfile(protocol="http", endpoint=endpoint, reqTimeout=10)
    return ClientProfile(signMethod="TC3-HMAC-SHA256", httpProfile=http)


class Signing(unittest.TestCase):
    """Compares our signatures with those of the SDK."""

    def test_signatures_of_random_requests_are_equal(self):
        rng = random.Random(20190924)
        wanted, lines = [], []
        for _ in range(300):
            service = rng.choice(["tcr", "sts", "cvm"])
            host = service + rng.choice(["", ".ap-guangzhou", ".intl"]) + ".tencentcloudapi.com"
            host += rng.choice(["", ":8080"])
            keys = Credential(self.word(rng, 36), self.word(rng, 32))
            # A random second within 13 years, and often one around midnight UTC.
            when = rng.randrange(1_500_000_000, 1_900_000_000)
            if rng.random() < 0.3:
                when = when // 86_400 * 86_400 + rng.choice([-1, 0, 1])
            body, header = self.by_sdk(service, host, keys, when, self.parameters(rng))
            wanted.append(header)
            lines.append(json.dumps({
                "secretId": keys.secret_id, "secretKey": keys.secret_key, "host": host, "service": service,
                "contentType": "application/json", "body": body, "timestamp": when, "action": ""}))
        run = subprocess.run(
            [FAKE_TCR, "sign"], input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=30, check=True)
        ours = run.stdout.splitlines()
        self.assertEqual(len(ours), len(wanted))
        for mine, theirs in zip(ours, wanted):
            self.assertEqual(mine, theirs)

    @staticmethod
    def word(rng, size):
        return "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") for _ in range(size))

    @classmethod
    def parameters(cls, rng):
        return {cls.word(rng, 8): rng.choice([
            cls.word(rng, rng.randrange(0, 400)), "未命名 \"\\ \n é", rng.randrange(-10**12, 10**12), None, True,
            [cls.word(rng, 5), {"x": 1.5}]]) for _ in range(rng.randrange(0, 6))}

    @staticmethod
    def by_sdk(service, host, keys, when, parameters):
        """Returns the body and the Authorization header that the SDK would send at that time."""
        client = CommonClient(service, "2019-09-24", keys, REGION, profile=profile(host))
        request = RequestInternal(host, "POST", "/")
        real = abstract_client.time.time
        abstract_client.time.time = lambda: float(when)
        try:
            client._build_req_inter("DescribeInstances", parameters, request)
        finally:
            abstract_client.time.time = real
        body = request.data
        return body if isinstance(body, str) else body.decode(), request.header["Authorization"]


class RealClient(unittest.TestCase):
    """Uses the SDK's client with our fake."""

    @classmethod
    def setUpClass(cls):
        cls.identity = tempfile.NamedTemporaryFile("w", suffix=".token")
        cls.identity.write("web-identity\n")
        cls.identity.flush()
        cls.fake = subprocess.Popen(
            [FAKE_TCR, "--key", "AKIDsdk:sdk-secret", "--web-identity-file", cls.identity.name,
             "--instance", f"{INSTANCE},demo,{REGION},10.0.0.9,hub.example.com"],
            stdout=subprocess.PIPE, text=True)
        cls.port = int(cls.fake.stdout.readline().split()[1])
        cls.endpoint = f"127.0.0.1:{cls.port}"

    @classmethod
    def tearDownClass(cls):
        cls.fake.terminate()
        cls.fake.wait(10)
        cls.fake.stdout.close()
        cls.identity.close()

    def tcr(self, key="sdk-secret", secret_id="AKIDsdk", token=None):
        return tcr_client.TcrClient(Credential(secret_id, key, token), REGION, profile(self.endpoint))

    @staticmethod
    def request(kind, **fields):
        made = kind()
        made.from_json_string(json.dumps(fields))
        return made

    def create(self, client, token_type="temp"):
        return client.CreateInstanceToken(
            self.request(models.CreateInstanceTokenRequest, RegistryId=INSTANCE, TokenType=token_type, Desc="sdk"))

    def refused(self, code, call):
        with self.assertRaises(TencentCloudSDKException) as caught:
            call()
        self.assertEqual(caught.exception.get_code(), code)

    def control(self, page, method="POST"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/control/{page}", method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def test_every_action_is_answered(self):
        client = self.tcr()
        token = self.create(client)
        self.assertEqual(token.Username, "100012345678")
        self.assertTrue(token.Token.startswith("tok-"))
        self.assertAlmostEqual(token.ExpTime / 1000, time.time() + 3600, delta=30)
        lasting = self.create(client, "longterm")
        self.assertTrue(lasting.TokenId)
        listed = client.DescribeInstanceToken(
            self.request(models.DescribeInstanceTokenRequest, RegistryId=INSTANCE, Limit=100, Offset=0))
        self.assertIn(lasting.TokenId, [each.Id for each in listed.Tokens])
        found = client.DescribeInstances(self.request(models.DescribeInstancesRequest, Registryids=[INSTANCE]))
        self.assertEqual(found.Registries[0].PublicDomain, "demo.tencentcloudcr.com")
        domains = client.DescribeInstanceCustomizedDomain(
            self.request(models.DescribeInstanceCustomizedDomainRequest, RegistryId=INSTANCE, Limit=20, Offset=0))
        self.assertEqual(domains.DomainInfoList[0].DomainName, "hub.example.com")
        links = client.DescribeInternalEndpoints(
            self.request(models.DescribeInternalEndpointsRequest, RegistryId=INSTANCE))
        self.assertEqual(links.AccessVpcSet[0].AccessIp, "10.0.0.9")
        state = json.loads(self.control("state", "GET"))
        self.assertGreaterEqual(state["calls"]["CreateInstanceToken"]["success"], 2)
        self.assertIn(token.Token, [each["password"] for each in state["tokens"]])

    def test_wrong_keys_are_refused(self):
        self.refused("AuthFailure.SignatureFailure", lambda: self.create(self.tcr(key="other")))
        self.refused("AuthFailure.SecretIdNotFound", lambda: self.create(self.tcr(secret_id="AKIDother")))
        self.refused("AuthFailure.TokenFailure", lambda: self.create(self.tcr(token="none")))

    def test_a_wrong_clock_is_refused(self):
        real = abstract_client.time.time
        abstract_client.time.time = lambda: real() - 600
        try:
            self.refused("AuthFailure.SignatureExpire", lambda: self.create(self.tcr()))
        finally:
            abstract_client.time.time = real

    def test_client_receives_injected_faults(self):
        self.control("fail?code=InternalError&count=1")
        self.refused("InternalError", lambda: self.create(self.tcr()))
        self.create(self.tcr())

    def test_a_web_identity_gives_keys_that_work(self):
        body = {"ProviderId": "cls-1", "WebIdentityToken": "web-identity", "RoleArn": "qcs::cam::uin/1:roleName/x",
                "RoleSessionName": "sdk", "DurationSeconds": 7200}
        unsigned = CommonClient("sts", "2018-08-13", None, REGION, profile=profile(self.endpoint))
        answer = unsigned.call_json("AssumeRoleWithWebIdentity", body, options={"SkipSign": True})
        keys = answer["Response"]["Credentials"]
        self.create(self.tcr(keys["TmpSecretKey"], keys["TmpSecretId"], keys["Token"]))
        signed = sts_client.StsClient(Credential("AKIDsdk", "sdk-secret"), REGION, profile(self.endpoint))
        typed = signed.AssumeRoleWithWebIdentity(
            self.request(sts_models.AssumeRoleWithWebIdentityRequest, **body))
        keys = typed.Credentials
        self.create(self.tcr(keys.TmpSecretKey, keys.TmpSecretId, keys.Token))
        body["WebIdentityToken"] = "another"
        self.refused(
            "InvalidParameter.WebIdentityTokenError",
            lambda: unsigned.call_json("AssumeRoleWithWebIdentity", body, options={"SkipSign": True}))
        self.control("end-sessions")
        self.refused(
            "AuthFailure.TokenFailure",
            lambda: self.create(self.tcr(keys.TmpSecretKey, keys.TmpSecretId, keys.Token)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
