using System.Text;

namespace SynapseLab.Deployments.Compose;

/// <summary>The script that makes a Compose project's secrets on a machine without the lab: POSIX sh and openssl.</summary>
internal static class SecretsScript
{
    public const string FileName = "make-secrets";

    public static string Render(Deployment deployment)
    {
        var script = new StringBuilder("""
            #!/bin/sh
            # Makes this lab's secrets: random, readable by their owner alone, in no repository. What is there already is kept.
            # Needs openssl. Run it as the user who runs docker compose: .env makes the containers run as that user too.
            set -eu
            cd "$(dirname "$0")"
            umask 077

            printf 'LAB_UID=%s\nLAB_GID=%s\n' "$(id -u)" "$(id -g)" > .env

            new() {
              mkdir -p "$(dirname "$1")"
              if [ -d "$1" ] || [ ! -w "$(dirname "$1")" ]; then
                take_back "$1"
              fi
              [ ! -e "$1" ]
            }

            # Where a file was missing that a container mounts, an engine may have made a folder of its name, as root. Then the engine has to remove it, too.
            take_back() {
              rmdir "$1" 2>/dev/null ||
                docker run --rm --network none --user 0 --mount "type=bind,source=$PWD,target=/lab" --workdir /lab --entrypoint sh @image \
                  -c '{ [ ! -d "$1" ] || rmdir "$1"; } && chown "$2" "$(dirname "$1")"' sh "$1" "$(id -u):$(id -g)" ||
                { echo "make-secrets: $1 can't be written. Remove what an engine made there: sudo rm -r '$PWD/$(dirname "$1")'" >&2; exit 1; }
              echo "make-secrets: took back $1 from the engine. Containers that saw a folder there have to go, too: docker compose down --volumes"
            }

            random() {
              new "$1" || return 0
              openssl rand -base64 32 | tr '+/' '-_' | tr -d '=\n' > "$1"
            }

            # ed25519 a_1f2e u9x... : algorithm, key ID, seed in base64 without padding
            signing_key() {
              new "$1" || return 0
              printf 'ed25519 a_%s %s\n' "$(openssl rand -hex 2)" "$(openssl rand -base64 32 | tr -d '=\n')" > "$1"
            }

            # host:port:database:user:password
            password_file() {
              new "$1" || return 0
              printf '*:*:*:*:%s\n' "$(cat "$2")" > "$1"
            }

            authority() {
              new "$1.crt" || return 0
              openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj '/CN=Synapse lab' \
                -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' -keyout "$1.key" -out "$1.crt" 2>/dev/null
            }

            certificate() {
              new "$1.crt" || return 0
              printf 'subjectAltName=DNS:%s,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n' "$2" > "$1.ext"
              openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null
              openssl x509 -req -in "$1.csr" -CA "$3.crt" -CAkey "$3.key" -set_serial "0x$(openssl rand -hex 16)" -days 90 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
              rm "$1.ext" "$1.csr"
            }


            """);
        script.Replace("@image", deployment.Containers.Single(container => container.Kind == ContainerKind.Postgres).Image);
        var secrets = deployment.Secrets;
        var authority = secrets.FirstOrDefault(secret => secret.Kind == SecretKind.CertificateAuthority)?.Path;

        // By kind: password files need passwords, certificates their authority.
        foreach (var secret in secrets.OrderBy(secret => secret.Kind))
        {
            script.Append(secret.Kind switch
            {
                SecretKind.Random => $"random {secret.Path}",
                SecretKind.SigningKey => $"signing_key {secret.Path}",
                SecretKind.PasswordFile => $"password_file {secret.Path} {secret.Subject}",
                SecretKind.CertificateAuthority => $"authority {secret.Path}",
                SecretKind.Certificate => $"certificate {secret.Path} {secret.Subject} {authority}",
                _ => throw new ArgumentOutOfRangeException(nameof(secrets), secret.Kind, null),
            }).Append('\n');
        }

        return script.ToString();
    }
}
