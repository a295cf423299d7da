using SynapseLab.Runtimes.Collecting;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Collecting;

public sealed class SecretOptionsTests
{
    [Theory]
    [InlineData("turn_shared_secret: abc", "turn_shared_secret: redacted")]
    [InlineData("email: {smtp_user: me, smtp_pass: \"a b\"} # mine", "email: {smtp_user: me, smtp_pass: redacted} # mine")]
    [InlineData("oidc_providers:\n  - client_secret: 'x'\n    client_id: y\n", "oidc_providers:\n  - client_secret: redacted\n    client_id: y\n")]
    [InlineData("client_secret_jwt_key:\n  key: |\n    one\n    two\n  issuer: me\nafter: 1\n", "client_secret_jwt_key:\n  key: redacted\n  issuer: redacted\nafter: 1\n")]
    [InlineData("as_tokens: [a]\nas_token: *x\nhs_token: 12345678\n", "as_tokens: [a]\nas_token: *x\nhs_token: redacted\n")]
    [InlineData("password_config: {enabled: true, pepper: salt}", "password_config: {enabled: true, pepper: redacted}")]
    [InlineData("{\"access_key\": \"a\", \"secrets\": {\"token\": [\"b\", \"c\"]}}", "{\"access_key\": redacted, \"secrets\": {\"token\": [redacted, redacted]}}")]
    public void The_value_of_an_option_that_holds_a_secret_is_left_out_and_the_rest_stays(string file, string without) =>
        Assert.Equal(without, SecretOptions.Redact(file, []));

    [Theory]
    [InlineData("macaroon_secret_key_path: /config/secrets/macaroon_secret_key")]
    [InlineData("redis: {enabled: true, password_path: /lab/secrets/redis_password}")]
    [InlineData("database: {args: {user: synapse, passfile: /lab/secrets/pgpass}}")]
    [InlineData("registration_requires_token: true\nlogin_via_existing_session: {token_timeout: 5m}\nrecaptcha_public_key: shown")]
    [InlineData("trusted_key_servers:\n  - server_name: hs2.test\n    verify_keys: {\"ed25519:auto\": public}")]
    public void What_names_a_file_or_is_public_stays(string file)
    {
        var secrets = new List<string>();
        Assert.Equal(file, SecretOptions.Redact(file, secrets));
        Assert.Empty(secrets);
    }

    [Fact]
    public void Of_a_file_that_is_no_YAML_what_is_assigned_to_such_a_name_is_left_out()
    {
        var secrets = new List<string>();
        Assert.Equal(
            "[default]\n\tregion = eu\napi_key = redacted\nexport SMTP_PASS=redacted\n",
            SecretOptions.Redact("[default]\n\tregion = eu\napi_key = abcdef\nexport SMTP_PASS=ghijkl\n", secrets));
        Assert.Equal(["abcdef", "ghijkl"], secrets);
    }

    [Fact]
    public void What_was_left_out_is_told_so_that_it_is_found_elsewhere_too()
    {
        var secrets = new List<string>();
        SecretOptions.Redact("secret: 'it''s'\nas_token: \"tab\\there\"\nuser: alice\n", secrets);
        Assert.Equal(["it's", "tab\there"], secrets);
    }
}
