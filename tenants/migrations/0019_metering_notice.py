from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0018_hand_overs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                choices=[
                    ("welcome", "Welcome"),
                    ("reset", "New password"),
                    ("invitation", "Invitation"),
                    ("invited_elsewhere", "Invited, has another account"),
                    ("password_link", "Forgotten password"),
                    ("confirm", "Confirm the address"),
                    ("already_known", "Address has an account"),
                    ("not_again", "Code is not for them again"),
                    ("key_published", "A key was published"),
                    ("sign_up_notice", "Notice of a sign-up"),
                    ("daily_notice", "Notice of a day's sign-ups"),
                    ("alarm_notice", "Notice of an alarm"),
                    ("subscription_started", "Subscription started"),
                    ("subscription_ending", "Subscription is ending"),
                    ("subscription_ended", "Subscription ended"),
                    ("agreement_notice", "Notice of an agreement"),
                    ("metering_notice", "Notice of late usage"),
                    ("quota", "Quota is being used up"),
                    ("quota_notice", "Notice of a used-up quota"),
                ],
                max_length=24,
            ),
        ),
    ]
